//! The user's own account: sign-in methods, inbox, settings.

pub mod inbox;
pub mod methods;
pub mod new_password;
pub mod notices;
pub mod policy;
pub mod settings;
pub mod store;
