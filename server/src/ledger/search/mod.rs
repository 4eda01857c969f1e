//! Search: the words of sealed records, which terms a search asks for, and the task that keeps them.

pub mod index;
pub mod indexer;
pub mod query;
pub mod terms;
