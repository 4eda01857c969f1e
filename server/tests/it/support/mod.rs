//! What the tests share: a world with its clock and database, clients, programs.

pub mod browser;
pub mod client;
mod database;
pub mod page;
pub mod principal;
pub mod rows;
pub mod tamper;
mod template;
pub mod world;
