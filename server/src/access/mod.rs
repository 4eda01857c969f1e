//! What a person may do: their overview, incidents, the list of addresses.

pub mod backend;
pub mod cli;
pub mod incidents;
pub mod policy_version;
