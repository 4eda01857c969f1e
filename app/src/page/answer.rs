//! How a failure is answered: with a redirect to where it can be mended, or with its status and the site's error page.

use crate::page::Site;
use crate::page::context::{RequestContext, request};
use crate::page::error::PageError;
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;
use leptos_meta::Title;

/// Answers a failure with its status and its page, or leads on to where it can be mended.
pub fn answer<S: Site>(failure: &PageError, copy: &S::ErrorCopy) -> AnyView {
    let Ok(request) = request::<S>() else { return ().into_any() };
    let here = request.address.clone().unwrap_or_else(LocalPath::home);
    let mut held_up = None;
    request.head.set(|head| {
        head.failure = Some(failure.clone());
        head.forget_prefetched = has_ended(failure) && request.asked.handle.is_some();
        held_up = head.held_up;
    });
    if let Some(onward) = onward::<S>(failure, &here, held_up) {
        request.head.set(|head| head.see_other = Some(onward));
        return ().into_any();
    }
    set_status(&request, failure);
    S::plain(S::error_page(failure, copy, &here))
}

/// Answers a failure with the site's usual words.
pub fn answer_as_usual<S: Site>(failure: &PageError) -> AnyView {
    answer::<S>(failure, &S::error_copy(failure))
}

/// Where a failure is mended, coming back to `next` afterwards. `held_up` is the policy question of the refused form.
#[must_use]
pub fn onward<S: Site>(failure: &PageError, next: &LocalPath, held_up: Option<&'static str>) -> Option<LocalPath> {
    let PageError::Refused(refusal) = failure else { return None };
    match refusal.answer {
        RefusalKind::SignIn => Some(S::sign_in(next.clone())),
        RefusalKind::Confirm => Some(S::confirm(next.clone(), held_up)),
        RefusalKind::Forbidden | RefusalKind::NotFound | RefusalKind::Unavailable => None,
    }
}

const fn has_ended(failure: &PageError) -> bool {
    matches!(failure, PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. }))
}

/// Gives the answer the status of a failure.
pub(super) fn set_status<S: Site>(request: &RequestContext<S>, failure: &PageError) {
    request.head.set(|head| {
        head.status = Some(failure.status());
        head.retry_after = failure.retry_after();
    });
}

/// The page for an address that no page has. It asks nobody who they are, since there is nothing to protect.
pub fn no_such_address<S: Site>() -> impl IntoView {
    answer_as_usual::<S>(&PageError::Refused(Refusal { answer: RefusalKind::NotFound, record: None }))
}

/// The title of a document.
pub fn document_title<S: Site>(title: &str) -> impl IntoView + use<S> {
    view! { <Title text=format!("{title} · {}", S::NAME) /> }
}
