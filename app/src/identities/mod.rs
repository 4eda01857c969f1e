//! People and other accounts, as administrators see and change them.

pub mod add;
pub mod choices;
pub mod groups;
pub mod identity;
pub mod invitation;
pub mod list;
pub mod policy;
pub mod reset_methods;
pub mod state;
pub mod store;
