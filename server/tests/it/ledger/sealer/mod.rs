//! The sealed ledger: what proves that it is whole.

mod checkpoints;
mod evidence;
mod restart;
mod retention;
pub mod seals;
mod segments;
mod tampering;
