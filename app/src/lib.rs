//! Doorward's pages, and the framework they are made with.
//!
//! A folder for each subject (`secrets`, `sessions`, …): `policy.rs` (what may be asked), `store.rs` (rows and the trait that
//! the server implements), then the pages, one file each. [`page`] is the framework, [`console`] what stands around the
//! pages, [`ui`] components without a subject, [`islands`] all that hydrates. Only the islands and what they receive are
//! compiled for the browser.

pub mod islands;
pub mod page;
pub mod search;
pub mod secrets;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod backend;
#[cfg(feature = "ssr")]
pub mod console;
#[cfg(feature = "ssr")]
pub mod deliveries;
#[cfg(feature = "ssr")]
pub mod identities;
#[cfg(feature = "ssr")]
pub mod ledger;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod sessions;
#[cfg(feature = "ssr")]
pub mod sign_in;
pub mod ui;
