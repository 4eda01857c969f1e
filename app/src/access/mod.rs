//! Access: the user's overview, incidents, and the list of routes.

pub mod environments;
mod first_steps;
pub mod incidents;
pub mod machines;
pub mod overview;
pub mod permissions;
pub mod policy;
pub mod roles;
pub mod route_list;
pub mod store;
