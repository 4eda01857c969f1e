//! Ways to sign in: codes, passkeys, passwords.

pub mod codes;
mod inbox;
mod methods;
mod passkeys;
pub mod webhook;
