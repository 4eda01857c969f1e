//! The database and what is between.

mod poolers;
