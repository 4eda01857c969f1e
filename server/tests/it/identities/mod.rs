//! Identities and their roles.

mod roles;
