//! Doorward's pages, and the door at which each of them asks.
//!
//! One file a page: what may be asked (`can`), the loader, the actions, the view. Everything but [`islands`] and
//! [`model`] is the server's alone and is not even compiled for the browser.

pub mod islands;
pub mod model;

#[cfg(feature = "ssr")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod passkeys;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod ui;
