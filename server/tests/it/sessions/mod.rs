//! Sessions: their handles, limits and ends.

mod handles;
mod incidents;
mod lifetimes;
mod limits;
mod live;
mod revocation;
mod stopwatch;
