//! Groups of people and machines: the list, and the page of one group.

pub mod group;
pub mod list;
