//! The sealed ledger: what proves that it is whole.

mod archived;
mod checkpoints;
mod demo_past;
mod evidence;
mod restart;
mod retention;
pub mod seals;
mod segments;
mod tampering;
