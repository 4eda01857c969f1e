//! Sessions: their handles, limits and ends.

pub mod ends;
mod handles;
mod incidents;
mod lifetimes;
mod limits;
mod live;
mod revocation;
mod stopwatch;
