//! Identities and their roles.

pub mod groups;
mod passwords;
mod people;
mod roles;
pub mod samples;
