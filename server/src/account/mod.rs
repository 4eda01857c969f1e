//! A person's own account: ways to sign in, and notices.

pub mod backend;
pub(crate) mod changes;
mod inbox;
pub mod notices;
pub mod one_time_codes;
pub mod passkeys;
pub mod password;
pub mod recovery_codes;
pub mod webhook;
