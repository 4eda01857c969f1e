//! Search over what somebody may know of: the words of secrets and identities, and the task that keeps them.

mod backend;
pub mod indexer;
mod sql;
