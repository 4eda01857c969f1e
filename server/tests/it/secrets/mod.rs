//! Secrets: lists and grants.

mod lists;
mod sharing;
