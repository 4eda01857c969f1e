//! The place of the new page.

#[path = "../../../docs/examples/environments.rs"]
pub mod environments;
