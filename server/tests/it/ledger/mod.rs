//! The ledger: what is recorded, and who reads it.

mod audit;
pub mod commands;
mod environments;
mod forward;
mod names;
mod outcomes;
mod reading;
mod receipts;
mod routine_reads;
pub mod sealer;
mod search_form;
mod stated;
mod tail;
mod words;
