//! Secrets, their grants, and imports from files.

pub mod backend;
pub mod cli;
pub mod grants;
pub mod import;
pub mod sql;
pub mod users;
