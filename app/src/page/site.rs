//! What the framework needs from an application: one type that implements [`Site`].

use crate::page::context::RequestContext;
use crate::page::error::PageError;
use crate::page::{Asker, Cost, Meter, Permit};
use doorward::action::{Action, Facts};
use doorward::guard::{Asked, LoadFacts, Pending, RefusedByPolicy, UnitOfWork};
use doorward::{Grounds, LocalPath, Principal, RecordId, Refusal, RefusalKind, SecretText, SessionId};
use leptos::prelude::*;
use std::future::Future;

/// An application: its unit of work, its backend, its links, and what is around its pages.
pub trait Site: Clone + Send + Sync + 'static {
    /// The name that ends the title of every document.
    const NAME: &'static str;
    /// The islands of the frame around every guarded page.
    const FRAME_ISLANDS: &'static [&'static str] = &[];
    /// The unit of work in which a decision is made and recorded. Facts are loaded from it alone.
    type Unit: UnitOfWork + ?Sized + 'static;
    /// The stores that pages read and write with a permit.
    type Backend: Send + Sync + ?Sized + 'static;
    /// What the application adds to a [`RequestContext`].
    type Extra: Clone + Send + Sync + 'static;
    /// The frame around a page. It is made from a permit's principal, so there is none without a permit.
    type Frame: Send + 'static;
    /// The text of an error page. [`Sentence`] uses the failure's own.
    type ErrorCopy: Copy + Send + Sync + for<'a> From<&'a PageError> + 'static;

    /// Opens a unit of work: a transaction if the action changes something.
    fn unit(backend: &Self::Backend, changes: bool) -> Pending<'_, Box<Self::Unit>>;

    /// Returns a new handle for the session if the one that was presented is due for renewal.
    fn renew_handle<'a>(_: &'a Self::Backend, _: &'a Asked, _: &'a Principal) -> Pending<'a, Option<SecretText>> {
        Box::pin(async { Ok(None) })
    }

    /// Keeps a message for the next page of the session.
    fn put_flash<'a>(_: &'a Self::Backend, _: SessionId, _: &'a str) -> Pending<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Returns the sign-in page, which leads to `next` afterwards. `unsent` says that a form was sent without a session.
    fn sign_in(next: LocalPath, unsent: bool) -> LocalPath;

    /// Returns the page on which a user authenticates again. `held_up` is the policy question of the refused form.
    fn confirm(next: LocalPath, _held_up: Option<&'static str>, _: Option<&RefusedByPolicy>) -> LocalPath {
        Self::sign_in(next, false)
    }

    fn frame(who: &Principal) -> Self::Frame;

    /// Renders a page inside the frame.
    fn in_frame(frame: Self::Frame, page: AnyView) -> impl Future<Output = AnyView> + Send;

    /// Renders a page without a frame: an open page, or an error page.
    fn plain(page: AnyView) -> AnyView {
        page
    }

    /// Renders the end of a page: the grounds of its decision, and the record.
    fn receipt(_: Grounds, _: RecordId) -> AnyView {
        ().into_any()
    }

    /// Returns the default text for a failure.
    fn error_copy(failure: &PageError) -> Self::ErrorCopy {
        failure.into()
    }

    /// Renders a failure in place of a whole document. `here` is the requested address.
    fn error_page(failure: &PageError, _copy: &Self::ErrorCopy, _here: &LocalPath) -> AnyView {
        view! { <h1>{failure.sentence()}</h1> }.into_any()
    }

    /// Renders a failure in place of a part, while the rest of the page stays.
    fn error_panel(failure: &PageError, copy: &Self::ErrorCopy, here: &LocalPath) -> AnyView {
        Self::error_page(failure, copy, here)
    }

    /// Renders the end of a page whose session ended before all of it was sent.
    fn ended_midway(here: LocalPath) -> AnyView {
        let failure = PageError::Refused(Refusal { answer: RefusalKind::SignIn, record: None });
        Self::error_panel(&failure, &Self::error_copy(&failure), &here)
    }

    /// Returns what to measure with if decisions of this request are shown to developers.
    fn watches(_: &RequestContext<Self>) -> Option<Meter> {
        None
    }

    /// Shows developers a decision.
    fn show_decision<A: Action>(_: &RequestContext<Self>, _: &Result<Permit<A, Self>, Refusal>, _: Asker, _: Cost) {}

    /// Shows developers what it cost to do what the permit of a record allowed: see [`watched`](crate::page::watched).
    fn show_read(_: &RequestContext<Self>, _: Option<RecordId>, _: Cost) {}
}

/// The failure's own sentence, and no other text.
#[derive(Clone, Copy)]
pub struct Sentence;

impl From<&PageError> for Sentence {
    fn from(_: &PageError) -> Self {
        Self
    }
}

/// Says to which application a page, a download or a stream belongs. `routes!` implements it for each address.
pub trait OfSite {
    /// The application.
    type Site: Site;
}

/// Facts that the unit of work of `S` can load.
pub trait Loadable<S: Site>: Facts + LoadFacts<S::Unit> {}

impl<S: Site, F: Facts + LoadFacts<S::Unit>> Loadable<S> for F {}
