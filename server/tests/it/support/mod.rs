//! What the tests share: a world with its clock and database, clients, programs.

pub mod browser;
pub mod client;
pub mod rows;
pub mod world;
