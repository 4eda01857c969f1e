//! The pages, a file each: what may be asked, the loader, the actions, the view.

pub mod confirm;
pub mod dashboard;
pub mod secret;
pub mod secrets;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod signed_out;
