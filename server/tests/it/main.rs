//! The integration tests: the real router, real sign-ins, a real database. One binary, a file for each subject.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say where"
)]

mod client;
mod codes;
mod world;

mod access_matrix;
mod addresses;
mod audit;
mod authentication;
mod background_checks;
mod bad_input;
mod browser;
mod caching;
mod canaries;
mod checkpoints;
mod commands;
mod connections;
mod crash;
mod cross_site;
mod downloads;
mod evidence;
mod faults;
mod first_starts;
mod floods;
mod forms;
mod forwarding;
mod forwarding_refusals;
mod forwarding_syslog;
mod forwarding_tls;
#[cfg(target_os = "linux")]
mod full_disk;
mod handles;
mod islands;
mod leaks;
mod ledger;
mod ledger_commands;
mod ledger_environments;
mod ledger_names;
mod ledger_restart;
mod lists;
mod live;
mod loaders;
mod manifest;
mod methods;
mod metrics;
mod outages;
mod outcomes;
mod pages;
mod passkeys;
mod poolers;
mod prefetch;
mod program;
mod retention;
mod revocation;
mod seals;
mod segments;
mod session_limits;
mod sessions;
mod set_up;
mod settings;
mod sharing;
mod streams;
mod tampering;
mod traces;
mod webhook;
mod words;
