//! What a page is: its address, what opens it, what it reads, what can be done on it, how it looks.

use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormActions, FormOutcome, FormResult, Loadable, OfSite, Parent, Permit, Site, ViewContext};
use doorward::LocalPath;
use doorward::action::Read;
use leptos::prelude::AnyView;
use std::future::Future;
use std::sync::Arc;

/// A page that somebody must be allowed to open. One that does not say what opens it does not compile:
///
/// ```compile_fail,E0046
/// # use app::console::Console;
/// # use app::page::{Address, OfSite, Page, Requested, Routed, ViewContext};
/// # use leptos::prelude::*;
/// # #[derive(Clone)] struct Notes;
/// # impl Routed for Notes { const PATTERN: &'static str = "/notes"; }
/// # impl OfSite for Notes { type Site = Console; }
/// # impl Address for Notes { fn at(_: &mut Requested<'_>) -> Self { Self } }
/// impl Page for Notes {
///     type Data = ();
///     type Within = Console;
///     type Actions = ();
///     fn within(&self) -> Console { Console }
///     fn title(&self, (): &()) -> String { "Notes".to_owned() }
///     fn view(&self, (): (), _: &ViewContext) -> AnyView { ().into_any() }
/// }
/// ```
pub trait Page: Address + OfSite {
    /// What is asked before anything of the page is read, also where it reads nothing.
    type Opens: doorward::action::Action<Effect = Read, Facts: Loadable<Self::Site>>;
    /// What its loader reads.
    type Data: Send + 'static;
    /// What stands around it: the site's frame, or a [`Layout`](crate::page::Layout) with a loader of its own.
    type Within: Parent<Site = Self::Site>;
    /// The forms that may be posted to it.
    type Actions: FormActions<Self>;
    /// The islands on it, besides those of the site's frame.
    const ISLANDS: &'static [&'static str] = &[];
    /// Whether a browser may fetch it before anybody goes there: only for pages that list, never for one that reveals.
    const PREFETCH: bool = false;

    /// Asks.
    fn opens(&self) -> Self::Opens;

    /// What stands around it.
    fn within(&self) -> Self::Within;

    /// The loader: reads with the permit, and with nothing else.
    fn load(
        &self,
        permit: Permit<Self::Opens, Self::Site>,
    ) -> impl Future<Output = Result<Self::Data, PageError>> + Send;

    /// The title of the document.
    fn title(&self, data: &Self::Data) -> String;

    /// The page.
    fn view(&self, data: Self::Data, shown: &ViewContext) -> AnyView;

    /// What a refusal says, where the page has better words than the usual ones.
    #[must_use]
    fn refusal(failure: &PageError) -> <Self::Site as Site>::ErrorCopy {
        <Self::Site as Site>::error_copy(failure)
    }
}

/// A page that asks nobody who they are. It says so by being one.
pub trait OpenPage: Address + OfSite {
    /// Why it is open, for whoever reads the list of routes.
    const WHY: &'static str;
    /// Whether a form may be posted to it.
    const ACTS: bool;
    /// The islands on it.
    const ISLANDS: &'static [&'static str] = &[];
    /// What it shows besides its form.
    type Data: Send + 'static;

    /// What to show, or where to go instead. A form that was posted is done by then.
    fn load(&self, posted: Option<&Form>) -> impl Future<Output = Result<Arrival<Self::Data>, PageError>> + Send;

    /// The action behind its form.
    fn act(&self, _: Arc<Form>) -> impl Future<Output = Result<FormOutcome, PageError>> + Send {
        async { Err(PageError::NoSuchAction) }
    }

    /// The title of the document.
    fn title(&self) -> &'static str;

    /// The page.
    fn view(&self, data: Self::Data, turn: &FormResult) -> AnyView;
}

/// What an open page does with somebody who comes.
pub enum Arrival<D> {
    /// It shows itself.
    Show(D),
    /// It sends them on (303).
    GoTo(LocalPath),
}
