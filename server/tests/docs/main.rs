//! What the guides show is code that works: the smallest site of docs/loaders.md, and the page that ARCHITECTURE.md adds.
//! A binary of its own, because server functions register themselves with the program that they are in.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should say where"
)]

mod access;
#[path = "../../examples/notes/main.rs"]
#[expect(dead_code, reason = "a test has a `main` of its own")]
mod example;
mod new_page;
mod notes;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, reason = "the other tests need more of it")]
mod support;

// The new page names them as a part of `app` does.
use app::{backend, console, page};
