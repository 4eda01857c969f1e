//! Showing who one is: passwords, passkeys, codes, limits, handles, and the beginning of a session.

pub mod ceremony;
pub mod handle;
pub mod known_browsers;
pub mod limit_records;
pub mod limits;
pub mod one_time_code;
pub mod passkeys;
pub mod password;
mod presented;
pub mod recovery_codes;
pub mod session_rules;
pub(crate) mod session_start;
pub mod sign_in;
mod step_up;
