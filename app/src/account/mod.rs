//! A person's own account: ways to sign in, inbox, settings.

pub mod inbox;
pub mod methods;
pub mod notices;
pub mod policy;
pub mod settings;
pub mod store;
