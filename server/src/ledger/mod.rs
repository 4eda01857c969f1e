//! The ledger: records, their seal, search, forwarding.

pub mod backend;
pub mod cli;
pub mod counts;
pub mod follow;
pub mod forward;
pub mod records;
pub mod row;
pub mod saved_searches;
pub mod sealer;
pub mod search;
pub mod sql;
pub mod tails;
mod why;
