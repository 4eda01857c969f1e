//! Authentication: limits, passkey ceremonies, handles, and the beginning of a session.

pub mod authenticate;
pub mod ceremony;
pub mod challenge;
pub mod handle;
pub mod known_browsers;
pub mod limit_records;
pub mod limits;
pub mod presented;
pub mod session_rules;
pub mod session_start;
pub mod set_up;
pub mod step_up;
