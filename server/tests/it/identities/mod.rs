//! Identities and their roles.

mod passwords;
mod people;
mod roles;
pub mod samples;
