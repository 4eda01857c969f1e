//! Service accounts: their owners, their credentials, and the end of both.

pub mod backend;
mod changes;
pub mod credential;
pub mod ends;
pub mod owned;
pub mod sql;
