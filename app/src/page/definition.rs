//! Pages: the address, the question that opens a page, its loader, its actions and its view.

use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormActions, FormOutcome, FormResult, Loadable, OfSite, Parent, Permit, Site, ViewContext};
use doorward::LocalPath;
use doorward::action::Read;
use leptos::prelude::AnyView;
use std::future::Future;
use std::sync::Arc;

/// A page that needs a permit. Without [`Page::Opens`] a page does not compile:
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
    /// The question that is asked before the page reads anything, even if it reads nothing.
    type Opens: doorward::action::Action<Effect = Read, Facts: Loadable<Self::Site>>;
    /// What the loader reads.
    type Data: Send + 'static;
    /// What is around the page: the site's frame, or a [`Layout`](crate::page::Layout) with a loader of its own.
    type Within: Parent<Site = Self::Site>;
    /// The forms that may be posted to it.
    type Actions: FormActions<Self>;
    /// The islands of the page, besides those of the site's frame.
    const ISLANDS: &'static [&'static str] = &[];
    /// Whether a browser may prefetch it. Only for pages that list, never for one that reveals.
    const PREFETCH: bool = false;
    /// Whether its forms may have files. Then a larger body is read, for somebody who is signed in.
    const TAKES_FILES: bool = false;

    fn opens(&self) -> Self::Opens;

    fn within(&self) -> Self::Within;

    /// The loader. All that it has is the permit.
    fn load(
        &self,
        permit: Permit<Self::Opens, Self::Site>,
    ) -> impl Future<Output = Result<Self::Data, PageError>> + Send;

    fn title(&self, data: &Self::Data) -> String;

    fn view(&self, data: Self::Data, shown: &ViewContext) -> AnyView;

    /// The title and the page if its address cannot be read: its form with what was typed and the error beside the field,
    /// both from `shown.turn`. Nothing is loaded. A page without such a form shows the error page.
    fn unreadable(&self, _: &ViewContext) -> Option<(&'static str, AnyView)> {
        None
    }

    /// The text of a refusal, if the page has a better one than the site's default.
    #[must_use]
    fn refusal(failure: &PageError) -> <Self::Site as Site>::ErrorCopy {
        <Self::Site as Site>::error_copy(failure)
    }
}

/// A page that is open to everybody.
pub trait OpenPage: Address + OfSite {
    /// Why it is open. The list of routes shows it.
    const WHY: &'static str;
    /// Whether it accepts a form.
    const ACTS: bool;
    /// The islands of the page.
    const ISLANDS: &'static [&'static str] = &[];
    /// What it shows besides its form.
    type Data: Send + 'static;

    /// Returns what to show, or a redirect. A posted form has been handled by then.
    fn load(&self, posted: Option<&Form>) -> impl Future<Output = Result<Arrival<Self::Data>, PageError>> + Send;

    /// Handles its form.
    fn act(&self, _: Arc<Form>) -> impl Future<Output = Result<FormOutcome, PageError>> + Send {
        async { Err(PageError::NoSuchAction) }
    }

    fn title(&self) -> &'static str;

    fn view(&self, data: Self::Data, turn: &FormResult) -> AnyView;
}

/// How an open page answers.
pub enum Arrival<D> {
    /// With the page.
    Show(D),
    /// With a redirect (303).
    GoTo(LocalPath),
}
