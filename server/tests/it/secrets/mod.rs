//! Secrets: lists and grants.

mod adding;
mod canaries;
mod imports;
mod lists;
pub mod samples;
mod sharing;
mod users;
