//! The console as the framework of pages sees it: one type says what Doorward is.

use crate::backend::{Backend, Permit, Unit};
use crate::console::error_page::{self, ErrorCopy};
use crate::console::frame::{self, Frame};
use crate::console::receipt::Receipt;
use crate::console::xray::Xray;
use crate::page::context;
use crate::page::error::PageError;
use crate::page::head::Theme;
use crate::page::{Address, Asker, Cost, Loadable, Meter, Site};
use crate::sessions::store::Remembered;
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::sign_in::page::SignIn;
use doorward::action::Action;
use doorward::guard::{Asked, Pending, RefusedByPolicy, Unavailable};
use doorward::{Grounds, LocalPath, Principal, Reason, RecordId, Refusal, SecretText, SessionId};
use leptos::prelude::*;
use std::future::Future;
use std::sync::Arc;

/// Doorward's console: the application that all pages here belong to.
#[derive(Clone, Copy, Debug)]
pub struct Console;

/// What the console adds to a request.
#[derive(Clone)]
pub struct Extra {
    /// Whether passkeys work at the host name that the browser used.
    pub offers_passkeys: bool,
    /// The colours the browser asked for.
    pub theme: Theme,
    /// The marks of a browser that signed in before, as its cookie has them.
    pub marks: Arc<str>,
    /// Whether the browser has kept a cookie of this site that only a secure one keeps.
    pub keeps_cookies: bool,
    /// What developers see of the request, if they asked for that.
    pub xray: Option<Xray>,
}

/// One request, as the console's pages see it.
pub type RequestContext = context::RequestContext<Console>;

/// The current request.
///
/// # Errors
/// Outside of a request there is none, and nothing can be decided.
pub fn request() -> Result<RequestContext, PageError> {
    context::request()
}

/// Asks for `action` in the current request.
///
/// # Errors
/// The refusal, recorded.
#[track_caller]
pub fn permit<A: Action<Facts: Loadable<Console>>>(
    action: A,
) -> impl Future<Output = Result<Permit<A>, PageError>> + Send {
    crate::page::permit::<Console, A>(action)
}

impl Site for Console {
    const NAME: &'static str = "Doorward";
    const FRAME_ISLANDS: &'static [&'static str] = &["Enhance", "Palette", "Watch"];
    type Unit = dyn Unit;
    type Backend = dyn Backend;
    type Extra = Extra;
    type Frame = Frame;
    type ErrorCopy = ErrorCopy;

    fn unit(backend: &dyn Backend, changes: bool) -> Pending<'_, Box<dyn Unit>> {
        backend.unit(changes)
    }

    fn renew_handle<'a>(
        backend: &'a dyn Backend,
        asked: &'a Asked,
        who: &'a Principal,
    ) -> Pending<'a, Option<SecretText>> {
        Box::pin(async { backend.renew_handle(asked, who).await.map_err(|_| Unavailable) })
    }

    fn put_flash<'a>(backend: &'a dyn Backend, session: SessionId, message: &'a str) -> Pending<'a, ()> {
        Box::pin(async move { backend.remember(session, Remembered::Message, message).await.map_err(|_| Unavailable) })
    }

    fn sign_in(next: LocalPath, unsent: bool) -> LocalPath {
        SignIn { next, unsent }.path()
    }

    fn confirm(next: LocalPath, held_up: Option<&'static str>, refused: Option<&RefusedByPolicy>) -> LocalPath {
        let lacks_factor = refused
            .is_some_and(|refused| refused.reason == Reason::NoSecondFactor && !refused.principal.has_second_factor);
        Confirm { next, held_up: held_up.and_then(HeldUp::of), lacks_factor }.path()
    }

    fn frame(who: &Principal) -> Frame {
        Frame::of(who)
    }

    async fn in_frame(frame: Frame, page: AnyView) -> AnyView {
        frame::console(frame, page).await
    }

    fn plain(page: AnyView) -> AnyView {
        frame::plain(page).into_any()
    }

    fn receipt(grounds: Grounds, record: RecordId) -> AnyView {
        view! {
            <div id="receipt" data-part>
                <Receipt grounds record />
            </div>
        }
        .into_any()
    }

    fn error_page(failure: &PageError, copy: &ErrorCopy, here: &LocalPath) -> AnyView {
        error_page::alone(failure, copy, here).into_any()
    }

    fn error_panel(failure: &PageError, copy: &ErrorCopy, here: &LocalPath) -> AnyView {
        error_page::panel(failure, copy, here).into_any()
    }

    fn ended_midway(here: LocalPath) -> AnyView {
        error_page::ended_midway(here).into_any()
    }

    fn watches(request: &RequestContext) -> Option<Meter> {
        request.extra.xray.as_ref().map(Xray::meter)
    }

    fn show_decision<A: Action>(
        request: &RequestContext,
        outcome: &Result<Permit<A>, Refusal>,
        asker: Asker,
        cost: Cost,
    ) {
        if let Some(xray) = &request.extra.xray {
            xray.note::<A>(request, outcome, asker, cost);
        }
    }

    fn show_read(request: &RequestContext, record: Option<RecordId>, cost: Cost) {
        if let Some(xray) = &request.extra.xray {
            xray.note_read(record, cost);
        }
    }
}
