//! What a person may do: their overview, incidents, and what guards each address.

pub mod incidents;
pub mod overview;
pub mod policy;
pub mod route_list;
pub mod store;
