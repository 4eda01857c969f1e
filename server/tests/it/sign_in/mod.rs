//! Sign-in and set-up.

mod authentication;
mod leading_on;
mod set_up;
