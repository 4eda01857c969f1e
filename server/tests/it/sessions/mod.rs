//! Sessions: their handles, limits and ends.

mod handles;
mod lifetimes;
mod limits;
mod live;
mod revocation;
mod stopwatch;
