//! Access: the overview, incidents, and the list of routes.

pub mod backend;
pub mod cli;
pub mod environments;
pub mod incidents;
pub mod machines;
mod permissions;
pub mod policy_version;
pub mod roles;
pub mod rows;
