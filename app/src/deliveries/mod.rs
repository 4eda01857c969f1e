//! One-time delivery: a value that one person, or anybody with a link, can open once.

pub mod add;
pub mod collect;
mod delivered;
pub mod delivery;
mod form;
pub mod list;
pub mod policy;
pub mod secret;
pub mod store;
