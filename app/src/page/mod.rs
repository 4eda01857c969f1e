//! The framework of pages: typed addresses, loaders and actions behind a permit, layouts, downloads, the manifest.
//!
//! [`render`] runs a page: its action, if a form was posted; then the decisions, from the outside in; then every loader of
//! the route at the same time; then the views. The status and the rest of the answer's head are complete before the first
//! byte, because all of that is awaited before anything is sent.

pub mod error;

#[cfg(feature = "ssr")]
mod action;
#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod deferred;
#[cfg(feature = "ssr")]
mod definition;
#[cfg(feature = "ssr")]
mod download;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod form_token;
#[cfg(feature = "ssr")]
mod manifest;
#[cfg(feature = "ssr")]
mod nest;
#[cfg(feature = "ssr")]
pub mod permit;
#[cfg(feature = "ssr")]
mod run;
#[cfg(feature = "ssr")]
mod table;
#[cfg(feature = "ssr")]
mod turn;

#[cfg(feature = "ssr")]
pub use action::{Acted, Action, Actions};
#[cfg(feature = "ssr")]
pub use address::{Address, Placed, Requested};
#[cfg(feature = "ssr")]
pub(crate) use ask::for_oneself;
#[cfg(feature = "ssr")]
pub use deferred::{Deferred, Part, deferred};
#[cfg(feature = "ssr")]
pub use definition::{Arrival, Found, OpenPage, Page};
#[cfg(feature = "ssr")]
pub use download::{Batch, Chunk, Download, FileKind, FileName, Next, Reading, Start, Started, download};
#[cfg(feature = "ssr")]
pub use manifest::{Ask, Door, Entrance, of_download, of_open_page, of_page};
#[cfg(feature = "ssr")]
pub use nest::{Console, Layout, Nest};
#[cfg(feature = "ssr")]
pub use run::{render, render_open};
#[cfg(feature = "ssr")]
pub(crate) use table::routes;
#[cfg(feature = "ssr")]
pub use turn::{Shown, Turn};
