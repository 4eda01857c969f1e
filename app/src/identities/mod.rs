//! The accounts of others.

pub mod policy;
pub mod reset_methods;
pub mod store;
