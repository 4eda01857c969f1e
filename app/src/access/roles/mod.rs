//! Roles: the list, and the page of one role with its editor.

mod edit;
pub mod list;
mod preview;
pub mod role;
