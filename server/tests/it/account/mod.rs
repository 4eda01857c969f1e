//! Ways to sign in: codes, passkeys, passwords.

pub mod codes;
mod methods;
mod passkeys;
