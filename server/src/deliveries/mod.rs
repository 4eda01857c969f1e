//! One-time delivery: wrapping a value, opening it once, and what became of it.

pub mod backend;
mod binding;
pub mod collect;
mod sender;
pub mod sql;
mod taking;
