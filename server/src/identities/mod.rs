//! Identities and their roles.

pub mod backend;
pub mod cli;
pub mod roles;
pub mod sql;
