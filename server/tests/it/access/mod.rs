//! What guards each address.

mod environments;
mod first_steps;
mod history;
pub mod machines;
mod manifest;
mod moving;
mod permissions;
mod roles;
mod rows;
pub mod samples;
