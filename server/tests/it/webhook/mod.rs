//! Notices by webhook.

pub mod notices;
