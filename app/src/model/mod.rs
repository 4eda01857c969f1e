//! What crosses the wire between an island and the server.

mod failure;
mod revealed;

pub use failure::Failure;
pub use revealed::Revealed;
