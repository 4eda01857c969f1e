//! The program and its commands.

pub mod commands;
mod first_starts;
pub mod program;
mod settings;
