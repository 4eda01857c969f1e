//! Secrets, their grants, and imports from files.

mod access;
pub mod backend;
pub mod canaries;
pub mod cli;
pub mod details;
pub mod environments;
pub mod generate;
pub mod import;
pub mod imports;
pub mod lists;
pub mod rotation;
pub mod sql;
pub mod values;
pub mod versions;

pub use access::{grants, group_grants, users};
