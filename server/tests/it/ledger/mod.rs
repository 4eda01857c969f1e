//! The ledger: what is recorded, and who reads it.

mod audit;
mod background_checks;
mod commands;
mod environments;
mod forward;
mod names;
mod outcomes;
mod reading;
pub mod sealer;
mod words;
