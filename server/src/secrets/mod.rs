//! Secrets, their grants, and imports from files.

pub mod backend;
pub mod canaries;
pub mod cli;
pub mod grants;
pub mod import;
pub mod imports;
pub mod sql;
pub mod users;
