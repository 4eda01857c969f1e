//! Identities and their roles.

pub mod backend;
pub mod cli;
pub(crate) mod held;
pub mod roles;
pub mod sql;
