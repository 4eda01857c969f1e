//! Secrets, their grants, and imports from files.

pub mod backend;
pub mod canaries;
pub mod cli;
pub mod details;
pub mod grants;
pub mod group_grants;
mod group_shares;
pub mod import;
pub mod imports;
pub mod lists;
mod named;
mod readers;
pub mod sql;
mod tell;
pub mod users;
pub mod versions;
