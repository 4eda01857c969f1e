//! Environments: the list with its order, and the page of one environment with its rules.

pub mod environment;
pub mod list;
mod rules;
