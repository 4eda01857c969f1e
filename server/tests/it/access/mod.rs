//! What guards each address.

mod first_steps;
mod manifest;
