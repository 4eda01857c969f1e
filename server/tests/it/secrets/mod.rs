//! Secrets: lists and grants.

mod adding;
mod lists;
pub mod samples;
mod sharing;
mod users;
