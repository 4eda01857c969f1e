//! Sessions: the user's own, everybody's, and how to end them.

pub mod all;
pub mod end;
pub mod live;
pub mod own;
pub mod policy;
pub mod revocation;
pub mod revocations;
pub mod scope;
pub mod store;
pub mod table;
