//! The door: every loader and action asks here first.
//!
//! [`permit`] finds the visit in Leptos' context, opens a unit of work, and leaves the deciding to the guard.

use crate::backend::{Backend, Unit};
use crate::console::xray::Xray;
use crate::page::Deferred;
use crate::page::error::Failure;
use crate::page::form;
use crate::sign_in::store::SignedIn;
use doorward::action::{Action, Effect};
use doorward::guard::{self, Asked, Continuation, LoadFacts};
use doorward::{LocalPath, Principal, RecordId, Refusal, SecretText};
use leptos::prelude::use_context;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Proof that `A` was asked for, decided and recorded.
pub type Permit<A> = doorward::Permit<A, dyn Unit>;

/// Asks for `action` in the current request.
///
/// # Errors
/// The refusal, recorded.
pub async fn permit<A>(action: A) -> Result<Permit<A>, Failure>
where
    A: Action,
    A::Facts: LoadFacts<dyn Unit>,
{
    let visit = visit()?;
    let began = visit.xray.as_ref().map(Xray::now);
    let outcome = match unit_for(&visit, &action).await {
        Ok(unit) => guard::permit(unit, &visit.asked, action).await,
        Err(refusal) => Err(refusal),
    };
    if let (Some(xray), Some(began)) = (&visit.xray, began) {
        xray.note::<A>(&outcome, began);
    }
    let permit = outcome?;
    visit.began.get_or_init(|| Continuation::from(permit.principal()));
    // A permit to change holds the one transaction there may be, so a renewal waits until that is done: see `page::action`.
    if !A::Effect::CHANGES {
        visit.renew_handle(permit.principal()).await;
    }
    Ok(permit)
}

/// A unit of work for an action: a reader, or a transaction if the action changes something. Without a session that counts
/// no transaction is opened.
async fn unit_for<A: Action>(visit: &Visit, action: &A) -> Result<Box<dyn Unit>, Refusal> {
    let mut unit = visit.backend.unit(false).await.map_err(|_| Refusal::UNAVAILABLE)?;
    if !A::Effect::CHANGES {
        return Ok(unit);
    }
    guard::refuse_without_session(unit.as_mut(), &visit.asked, action).await?;
    // Its connection goes back first: on PostgreSQL the transaction may take the same one.
    drop(unit);
    visit.backend.unit(true).await.map_err(|_| Refusal::UNAVAILABLE)
}

/// Asks for `action` where the rest of the input cannot be used: the decision is recorded, with the outcome that it was not
/// done. The failure of the input is the answer only if the action is allowed.
pub(crate) async fn refuse_input<A>(action: A, failure: Failure) -> Failure
where
    A: Action,
    A::Facts: LoadFacts<dyn Unit>,
{
    match decide_anyway(action).await {
        Ok(_) => failure,
        Err(refusal) => refusal,
    }
}

async fn decide_anyway<A>(action: A) -> Result<RecordId, Failure>
where
    A: Action,
    A::Facts: LoadFacts<dyn Unit>,
{
    let visit = visit()?;
    let unit = unit_for(&visit, &action).await?;
    Ok(guard::refuse_input(unit, &visit.asked, action).await?)
}

/// One request, as pages see it. The server puts it into context; nothing in it grants anything.
#[derive(Clone)]
pub struct Visit {
    /// What the guard needs to know of it.
    pub asked: Arc<Asked>,
    /// The session and the authentication of its first permit, to which the rest of a long answer is bound.
    pub began: Arc<OnceLock<Continuation>>,
    /// Its address, where it is one of this site's.
    pub address: Option<LocalPath>,
    /// The query of its address, decoded once.
    pub query: Arc<form::Form>,
    /// The form that was posted to the page, where one was.
    pub posted: Option<Arc<form::Form>>,
    /// Whether an island asks for it, and not the browser itself.
    pub by_island: bool,
    /// Whether passkeys work at the name by which the browser came.
    pub offers_passkeys: bool,
    /// The colours the browser asked for.
    pub theme: Theme,
    /// Whether a message waits in the session.
    pub flash_waits: bool,
    /// The marks of a browser that signed in before, as its cookie has them.
    pub marks: Arc<str>,
    /// Whether the browser has kept a cookie of this site that only a secure one keeps.
    pub keeps_cookies: bool,
    /// A random token for the forms of this answer that do their work once.
    pub form_token: Arc<str>,
    /// What the page wants of the answer's head.
    pub head: Head,
    /// What developers see of it, where they asked for that.
    pub xray: Option<Xray>,
    /// The stores and the ways to authenticate.
    pub backend: Arc<dyn Backend>,
}

impl Visit {
    /// Gives the browser the handle of a session that began or goes on, and its mark.
    pub fn signed_in(&self, begun: SignedIn) {
        self.head.set(|head| {
            head.handle = Some(HandleChange::Set(begun.handle));
            head.marks = begun.mark;
        });
    }

    /// Gives the browser a new handle where its own is due. Where that fails, the old one goes on.
    pub(crate) async fn renew_handle(&self, who: &Principal) {
        if !self.asked.entry.is_use() || self.head.changes_handle() {
            return;
        }
        if let Ok(Some(handle)) = self.backend.renew_handle(&self.asked, who).await {
            self.head.set(|head| {
                // An action has the last word about the handle.
                head.handle.get_or_insert(HandleChange::Set(handle));
            });
        }
    }
}

/// The current visit.
///
/// # Errors
/// Outside of a request there is none, and nothing can be decided.
pub fn visit() -> Result<Visit, Failure> {
    use_context::<Visit>().ok_or(Failure::Refused(Refusal::UNAVAILABLE))
}

/// The colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Reads what [`Theme::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }

    /// The theme as cookie and form spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a page wants of its answer's head. The server reads it after the page is rendered, before the first byte.
#[derive(Clone, Default)]
pub struct Head(Arc<Mutex<HeadParts>>);

/// The parts of a [`Head`].
#[derive(Default)]
pub struct HeadParts {
    /// The status, where it is not 200.
    pub status: Option<u16>,
    /// Where to go instead (303).
    pub see_other: Option<LocalPath>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// What becomes of the session's cookie.
    pub handle: Option<HandleChange>,
    /// The marks that the browser is to keep.
    pub marks: Option<SecretText>,
    /// Whether to try if the browser keeps cookies.
    pub tries_cookies: bool,
    /// The theme to remember.
    pub theme: Option<Theme>,
    /// Whether a message waits from now on (true), or has been shown (false).
    pub flash_waits: Option<bool>,
    /// The nonce of the page's scripts.
    pub nonce: Option<Arc<str>>,
    /// Whether the body shows a secret value, and so is not compressed (the BREACH attack).
    pub reveals: bool,
    /// Whether the browser should forget what it fetched in advance, because the session has ended.
    pub forget_prefetched: bool,
    /// The parts of the page that are read after the rest is on its way.
    pub deferred: Vec<Deferred>,
    /// The refusal, where this answer is one.
    pub failure: Option<Failure>,
    /// The name of the policy question behind a posted form that needs a confirmation first.
    pub held_up: Option<&'static str>,
}

/// What becomes of the cookie that carries the handle.
pub enum HandleChange {
    /// A new session: the browser is given its handle.
    Set(SecretText),
    /// The session ended: the cookie and everything kept of this site are cleared.
    Clear,
}

impl Head {
    /// Changes the head.
    pub fn set(&self, change: impl FnOnce(&mut HeadParts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether something was set about the handle.
    fn changes_handle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).handle.is_some()
    }

    /// Takes what was set.
    #[must_use]
    pub fn take(&self) -> HeadParts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
