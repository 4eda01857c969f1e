//! The framework of pages: typed addresses, loaders and actions behind a permit, layouts, downloads, streams, the manifest.
//!
//! It knows no subject and no application: what it needs of one is [`Site`].
//!
//! [`render`] runs a page: its action, if a form was posted; then the decisions, from the outside in; then every loader of
//! the route at the same time; then the views. The status and the rest of the answer's head are complete before the first
//! byte, because all of that is awaited before anything is sent.

mod compact;
pub mod error;

pub use compact::{Compact, CompactEncoding};

/// What most pages need.
#[cfg(feature = "ssr")]
pub mod prelude {
    pub use super::context::{RequestContext, request};
    pub use super::error::PageError;
    pub use super::form::Form;
    pub use super::head::HandleChange;
    pub use super::{
        Address, Arrival, FormAction, FormOutcome, FormResult, OpenPage, Page, Parent, Permit, Requested, Sentence,
        Site, ViewContext, deferred, permit,
    };
    pub use doorward::action::{Action, Facts, Read, Write};
    pub use doorward::guard::memory::{Memory, MemoryUnit};
    pub use doorward::guard::{LoadFacts, Pending, UnitOfWork};
    pub use doorward::policy::Decision;
    pub use doorward::questions;
    pub use doorward::{Grounds, LocalPath, Principal, Reason, Refusal, RefusalKind};
}

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
mod answer;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
mod definition;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod head;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
mod permit;
#[cfg(feature = "ssr")]
mod routes;
#[cfg(feature = "ssr")]
mod run;
#[cfg(feature = "ssr")]
mod site;
#[cfg(feature = "ssr")]
mod streamed;

#[cfg(feature = "ssr")]
pub use crate::{addresses, for_holders, for_oneself};
#[cfg(feature = "ssr")]
pub use address::sort::{Sort, SortKey};
#[cfg(feature = "ssr")]
pub use address::{Address, Parameter, Requested, Routed};
#[cfg(feature = "ssr")]
pub use answer::{answer_as_usual, document, document_title, in_document, no_such_address, onward};
#[cfg(feature = "ssr")]
pub use definition::{Arrival, OpenPage, Page};
#[cfg(feature = "ssr")]
pub use form::action::{FormAction, FormActions, FormOutcome};
#[cfg(feature = "ssr")]
pub use form::result::{FormResult, ViewContext};
#[cfg(feature = "ssr")]
pub use layout::{Layout, Parent};
#[cfg(feature = "ssr")]
pub use permit::{Permit, permit};
#[cfg(feature = "ssr")]
pub use routes::manifest::{Entrance, Question, RouteInfo, of_batches, of_open_page, of_page};
#[cfg(feature = "ssr")]
pub use routes::watch::{Asker, Cost, Counted, Meter, watched};
#[cfg(feature = "ssr")]
pub use run::{render, render_open};
#[cfg(feature = "ssr")]
pub use site::{Loadable, OfSite, Sentence, Site};
#[cfg(feature = "ssr")]
pub use streamed::batch::{Batch, Batches, Chunk, Next, Reading};
#[cfg(feature = "ssr")]
pub use streamed::deferred::{Deferred, Part, deferred};
#[cfg(feature = "ssr")]
pub use streamed::download::{Download, FileKind, FileName, Start, Started, download};
#[cfg(feature = "ssr")]
pub(crate) use streamed::file_rows::{csv_rows, json_lines};
#[cfg(feature = "ssr")]
pub use streamed::stream::{EVENT_STREAM, StartStream, Stream, stream};
