//! Other people's accounts.

pub mod policy;
pub mod reset_methods;
pub mod store;
