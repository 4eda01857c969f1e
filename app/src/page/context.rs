//! The request, as pages and actions see it.

use crate::backend::Backend;
use crate::console::xray::Xray;
use crate::page::error::PageError;
use crate::page::form;
use crate::page::head::{HandleChange, Head, Theme};
use crate::sign_in::store::SignedIn;
use doorward::guard::{Asked, Continuation};
use doorward::{LocalPath, Principal, Refusal};
use leptos::prelude::use_context;
use std::sync::{Arc, OnceLock};

/// One request, as pages see it. The server puts it into context; nothing in it grants anything.
#[derive(Clone)]
pub struct RequestContext {
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

impl RequestContext {
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
pub fn request() -> Result<RequestContext, PageError> {
    use_context::<RequestContext>().ok_or(PageError::Refused(Refusal::UNAVAILABLE))
}
