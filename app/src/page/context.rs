//! The request, as pages and actions see it.

use crate::page::error::PageError;
use crate::page::head::{HandleChange, Head};
use crate::page::{Site, form};
use doorward::guard::{Asked, Continuation, RefusedByPolicy};
use doorward::{LocalPath, Principal, Refusal};
use leptos::prelude::use_context;
use std::sync::{Arc, OnceLock};

/// One request, as pages see it. The server provides it as context. Nothing in it grants access.
pub struct RequestContext<S: Site> {
    /// What the guard needs to know about it.
    pub asked: Arc<Asked>,
    /// The session and the authentication of its first permit, to which the rest of a long answer is bound.
    pub began: Arc<OnceLock<Continuation>>,
    /// Who is signed in, if the policy refused them something. An error page keeps their frame.
    pub refused: Arc<OnceLock<RefusedByPolicy>>,
    /// The pattern of the page or the download that answers it.
    pub route: Arc<OnceLock<&'static str>>,
    /// Its address, if that is a valid address of this site.
    pub address: Option<LocalPath>,
    /// The query of its address, decoded once.
    pub query: Arc<form::Form>,
    /// The form that was posted to the page, if any.
    pub posted: Option<Arc<form::Form>>,
    /// Whether an island sent it, and not the browser itself.
    pub by_island: bool,
    /// Whether a message for this page is stored in the session.
    pub flash_waits: bool,
    /// A random token for the forms of this answer that must take effect only once.
    pub form_token: Arc<str>,
    /// The head of the answer, which pages change.
    pub head: Head,
    /// What the application adds.
    pub extra: S::Extra,
    /// The stores.
    pub backend: Arc<S::Backend>,
}

// Derived, it would ask that the backend itself can be cloned.
impl<S: Site> Clone for RequestContext<S> {
    fn clone(&self) -> Self {
        Self {
            asked: Arc::clone(&self.asked),
            began: Arc::clone(&self.began),
            refused: Arc::clone(&self.refused),
            route: Arc::clone(&self.route),
            address: self.address.clone(),
            query: Arc::clone(&self.query),
            posted: self.posted.clone(),
            by_island: self.by_island,
            flash_waits: self.flash_waits,
            form_token: Arc::clone(&self.form_token),
            head: self.head.clone(),
            extra: self.extra.clone(),
            backend: Arc::clone(&self.backend),
        }
    }
}

impl<S: Site> RequestContext<S> {
    /// Returns a request without address, query and form.
    #[must_use]
    pub fn new(asked: Asked, backend: Arc<S::Backend>, extra: S::Extra) -> Self {
        Self {
            asked: Arc::new(asked),
            began: Arc::default(),
            refused: Arc::default(),
            route: Arc::default(),
            address: None,
            query: Arc::new(form::Form::new(Vec::new())),
            posted: None,
            by_island: false,
            flash_waits: false,
            form_token: "".into(),
            head: Head::default(),
            extra,
            backend,
        }
    }

    /// Gives the browser a new handle if its own is due for renewal. If that fails, the old handle stays valid.
    pub(crate) async fn renew_handle(&self, who: &Principal) {
        if !self.asked.entry.is_use() || self.head.changes_handle() {
            return;
        }
        if let Ok(Some(handle)) = S::renew_handle(&self.backend, &self.asked, who).await {
            self.head.set(|head| {
                // A handle that an action has set wins.
                head.handle.get_or_insert(HandleChange::Set(handle));
            });
        }
    }
}

/// Returns the current request. Outside of a request, returns [`Refusal::UNAVAILABLE`].
pub fn request<S: Site>() -> Result<RequestContext<S>, PageError> {
    use_context::<RequestContext<S>>().ok_or(PageError::Refused(Refusal::UNAVAILABLE))
}
