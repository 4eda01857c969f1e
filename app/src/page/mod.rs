//! A page: its typed address, what opens it, what it reads, what can be done on it, how it looks.
//!
//! One file of `pages/` is one page. [`render`] runs it: its action, where a form was posted; then the decisions, from
//! the outside in; then every loader of the route at the same time; then the views. The status and everything else of
//! the answer's head stand before the first byte, because all of that is awaited before anything is sent.

mod action;
mod address;
mod ask;
mod deferred;
mod download;
mod file_rows;
mod manifest;
mod nest;
mod run;
mod table;
mod turn;

pub use action::{Acted, Action, Actions};
pub use address::{Address, Placed, Requested};
pub(crate) use ask::for_oneself;
pub use deferred::{Deferred, Part, deferred};
pub use download::{Batch, Chunk, Download, FileKind, FileName, Next, Reading, Start, Started, download};
pub(crate) use file_rows::{csv_rows, json_lines};
pub use manifest::{Ask, Door, Entrance, of_download, of_open_page, of_page};
pub use nest::{Console, Layout, Nest};
pub use run::{render, render_open};
pub(crate) use table::routes;
pub use turn::{Shown, Turn};

use crate::door::Permit;
use crate::form::Form;
use crate::model::Failure;
use crate::store::Unit;
use crate::ui::refusal::{self, Words};
use doorward::LocalPath;
use doorward::action::Read;
use doorward::guard::LoadFacts;
use leptos::prelude::AnyView;
use std::future::Future;
use std::sync::Arc;

/// A page that somebody must be allowed to open. One that does not say what opens it does not compile:
///
/// ```compile_fail,E0046
/// # use app::page::{Address, Console, Page, Placed, Requested, Shown};
/// # use app::{door::Permit, model::Failure};
/// # use leptos::prelude::*;
/// # #[derive(Clone)] struct Notes;
/// # impl Placed for Notes { const PATTERN: &'static str = "/notes"; }
/// # impl Address for Notes { fn at(_: &mut Requested<'_>) -> Self { Self } }
/// impl Page for Notes {
///     type Data = ();
///     type Within = Console;
///     type Actions = ();
///     fn within(&self) -> Console { Console }
///     fn title(&self, (): &()) -> String { "Notes".to_owned() }
///     fn view(&self, (): (), _: &Shown) -> AnyView { ().into_any() }
/// }
/// ```
pub trait Page: Address {
    /// What is asked before anything of the page is read, also where it reads nothing.
    type Opens: doorward::action::Action<Effect = Read, Facts: Found>;
    /// What its loader reads.
    type Data: Send + 'static;
    /// What stands around it: [`Console`], or a [`Layout`] with a loader of its own.
    type Within: Nest;
    /// The forms that may be posted to it.
    type Actions: Actions<Self>;
    /// The islands on it, besides that of the console's frame.
    const ISLANDS: &'static [&'static str] = &[];
    /// Whether a browser may fetch it before anybody goes there: only for pages that list, never for one that reveals.
    const PREFETCH: bool = false;

    /// Asks.
    fn opens(&self) -> Self::Opens;

    /// What stands around it.
    fn within(&self) -> Self::Within;

    /// The loader: reads with the permit, and with nothing else.
    fn load(&self, permit: Permit<Self::Opens>) -> impl Future<Output = Result<Self::Data, Failure>> + Send;

    /// The title of the document.
    fn title(&self, data: &Self::Data) -> String;

    /// The page.
    fn view(&self, data: Self::Data, shown: &Shown) -> AnyView;

    /// What a refusal says, where the page has better words than the usual ones.
    #[must_use]
    fn refusal(failure: &Failure) -> Words {
        refusal::words(failure)
    }
}

/// A page that asks nobody who they are. It says so by being one.
pub trait OpenPage: Address {
    /// Why it is open, for whoever reads the list of routes.
    const WHY: &'static str;
    /// Whether a form may be posted to it.
    const ACTS: bool;
    /// The islands on it.
    const ISLANDS: &'static [&'static str] = &[];
    /// What it shows besides its form.
    type Data: Send + 'static;

    /// What to show, or where to go instead. A form that was posted is done by then.
    fn load(&self, posted: Option<&Form>) -> impl Future<Output = Result<Arrival<Self::Data>, Failure>> + Send;

    /// The action behind its form.
    fn act(&self, _: Arc<Form>) -> impl Future<Output = Result<Acted, Failure>> + Send {
        async { Err(Failure::NoSuchAction) }
    }

    /// The title of the document.
    fn title(&self) -> &'static str;

    /// The page.
    fn view(&self, data: Self::Data, turn: &Turn) -> AnyView;
}

/// What an open page does with somebody who comes.
pub enum Arrival<D> {
    /// It shows itself.
    Show(D),
    /// It sends them on (303).
    GoTo(LocalPath),
}

/// Facts that this product's stores can find.
pub trait Found: doorward::action::Facts + LoadFacts<dyn Unit> {}

impl<F: doorward::action::Facts + LoadFacts<dyn Unit>> Found for F {}
