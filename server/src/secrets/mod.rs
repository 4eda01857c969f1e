//! Secrets, their grants, and imports from files.

pub mod backend;
pub mod cli;
pub mod grants;
pub mod group_grants;
mod group_shares;
pub mod import;
mod named;
mod readers;
pub mod sql;
pub mod users;
