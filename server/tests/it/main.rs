//! The integration tests: the real router, real sign-ins, a real database. One binary: a folder a subject, and `gates/`
//! for what holds for all of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say where"
)]

mod access;
mod account;
mod cli;
mod db;
mod deliveries;
mod gates;
mod http;
mod identities;
mod imports;
mod ledger;
mod observe;
mod page;
mod search;
mod secrets;
mod sessions;
mod sign_in;
mod support;
mod vault;
