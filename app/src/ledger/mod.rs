//! The ledger: the record of every decision.

pub mod archived;
pub mod charts;
pub mod export;
pub mod form;
pub mod list;
pub mod period;
pub mod policy;
pub mod record;
pub mod saved_searches;
pub mod search;
pub mod store;
pub mod tail;
pub mod view;
