//! Signing in and out, set-up, and step-up.

pub mod challenge;
pub mod confirm;
pub mod held_up;
pub mod page;
pub mod passkey_form;
pub mod policy;
pub mod set_up;
pub mod sign_out;
pub mod signed_out;
pub mod store;
