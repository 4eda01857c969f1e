//! Identities and their roles.

mod people;
mod roles;
pub mod samples;
