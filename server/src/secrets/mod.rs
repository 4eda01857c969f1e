//! Secrets, their grants, and imports from files.

mod access;
pub mod backend;
pub mod canaries;
pub mod cli;
pub mod details;
pub mod import;
pub mod imports;
pub mod lists;
mod named;
pub mod sql;
mod tell;
pub mod values;
pub mod versions;

pub use access::{grants, group_grants, users};
