//! Environments: the store behind their pages, and their commands.

pub mod backend;
pub mod cli;
pub(crate) mod sql;
