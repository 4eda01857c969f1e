//! Identities and their roles.

pub mod backend;
mod changes;
pub mod cli;
pub mod given_roles;
pub mod groups;
pub mod held;
pub mod invitations;
pub mod people;
pub mod principal;
pub mod roles;
pub mod sql;
