//! Access: the overview, incidents, and the list of routes.

pub mod backend;
pub mod cli;
pub mod incidents;
pub mod policy_version;
