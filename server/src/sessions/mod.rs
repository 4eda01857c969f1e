//! Sessions: storage, listing, ending, and live updates to open tabs.

pub mod backend;
pub mod cli;
pub mod deployment;
pub mod endings;
pub mod handles;
pub mod list;
pub mod live;
pub mod remembered;
pub mod revocations;
pub mod role_limits;
pub mod sql;
pub mod standing;
pub mod stopwatch;
pub mod sweep;
