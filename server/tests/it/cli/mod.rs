//! The program and its commands.

mod client;
pub mod commands;
mod first_starts;
pub mod program;
mod settings;
