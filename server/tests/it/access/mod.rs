//! What guards each address.

mod environments;
mod first_steps;
mod history;
mod manifest;
mod permissions;
mod roles;
mod rows;
pub mod samples;
