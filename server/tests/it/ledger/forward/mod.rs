//! Records that are sent on to a receiver.

pub mod records;
pub mod refusals;
mod syslog;
mod tls;
