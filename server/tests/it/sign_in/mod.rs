//! Sign-in and set-up.

mod authentication;
mod leading_on;
mod limits;
mod second_factor;
mod set_up;
