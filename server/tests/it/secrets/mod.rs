//! Secrets: lists and grants.

mod adding;
mod archive;
mod canaries;
mod details;
mod folders;
mod imports;
mod kinds;
pub mod lists;
mod reasons;
mod rotation;
pub mod samples;
mod sharing;
mod users;
mod versions;
