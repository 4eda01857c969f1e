//! Roles that administrators make: what they hold, and who gains and loses by a change.

pub mod backend;
pub mod preview;
pub mod sql;
