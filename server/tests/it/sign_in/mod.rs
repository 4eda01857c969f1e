//! Sign-in and set-up.

mod authentication;
mod set_up;
