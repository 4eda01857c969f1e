//! The framework of pages: typed addresses, loaders and actions behind a permit, layouts, downloads, the manifest.
//!
//! [`render`] runs a page: its action, if a form was posted; then the decisions, from the outside in; then every loader of
//! the route at the same time; then the views. The status and the rest of the answer's head are complete before the first
//! byte, because all of that is awaited before anything is sent.

pub mod error;

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
mod deferred;
#[cfg(feature = "ssr")]
mod definition;
#[cfg(feature = "ssr")]
mod download;
#[cfg(feature = "ssr")]
mod file_rows;
#[cfg(feature = "ssr")]
mod for_oneself;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod head;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
mod manifest;
#[cfg(feature = "ssr")]
pub mod permit;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
mod run;

#[cfg(feature = "ssr")]
pub use address::{Address, Requested, Routed};
#[cfg(feature = "ssr")]
pub use deferred::{Deferred, Part, deferred};
#[cfg(feature = "ssr")]
pub use definition::{Arrival, Loadable, OpenPage, Page};
#[cfg(feature = "ssr")]
pub use download::{Batch, Chunk, Download, FileKind, FileName, Next, Reading, Start, Started, download};
#[cfg(feature = "ssr")]
pub(crate) use file_rows::{csv_rows, json_lines};
#[cfg(feature = "ssr")]
pub(crate) use for_oneself::for_oneself;
#[cfg(feature = "ssr")]
pub use form::action::{FormAction, FormActions, FormOutcome};
#[cfg(feature = "ssr")]
pub use form::result::{FormResult, ViewContext};
#[cfg(feature = "ssr")]
pub use layout::{Console, Layout, Parent};
#[cfg(feature = "ssr")]
pub use manifest::{Entrance, Question, RouteInfo, of_download, of_open_page, of_page};
#[cfg(feature = "ssr")]
pub(crate) use routes::routes;
#[cfg(feature = "ssr")]
pub use run::{render, render_open};
