//! Groups of identities, and what is given to them.

pub mod backend;
pub mod sql;
