//! Secrets: lists and grants.

mod adding;
mod archive;
mod details;
mod folders;
pub mod lists;
mod random_groups;
pub mod samples;
mod sharing;
mod users;
mod versions;
