//! Other people's accounts.

pub mod choices;
pub mod policy;
pub mod reset_methods;
pub mod store;
