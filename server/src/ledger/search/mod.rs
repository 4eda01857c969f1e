//! Search: the index of sealed records, the terms of a search, and the task that indexes.

pub mod index;
pub mod indexer;
pub mod query;
pub mod terms;
