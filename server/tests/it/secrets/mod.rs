//! Secrets: lists and grants.

mod adding;
pub mod lists;
mod random_groups;
pub mod samples;
mod sharing;
mod users;
