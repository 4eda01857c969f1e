//! Secrets and who has access to them.

pub mod backend;
pub mod cli;
pub mod grants;
pub mod import;
pub mod sql;
