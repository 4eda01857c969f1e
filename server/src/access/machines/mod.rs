//! Service accounts: their owners, their credentials, and the end of both.

pub mod backend;
pub mod bounds;
pub mod challenge;
mod changes;
pub mod credential;
mod credentials;
pub mod ends;
pub mod exchange;
pub mod owned;
mod presented;
pub mod sql;
