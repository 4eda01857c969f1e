//! What guards each address.

mod first_steps;
mod history;
mod manifest;
mod permissions;
mod roles;
mod rows;
pub mod samples;
