//! Ways to sign in: codes, passkeys, passwords.

mod challenges;
pub mod codes;
mod inbox;
mod methods;
mod passkeys;
pub mod receiver;
mod recovery;
mod resets;
pub mod webhook;
mod webhook_secret;
