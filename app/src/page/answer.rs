//! Answers failures: with a redirect to the page that can fix them, or with a status and the site's error page.

use crate::page::Site;
use crate::page::context::{RequestContext, request};
use crate::page::error::PageError;
use crate::page::permit::permit;
use doorward::action::{Action, Read, Resource};
use doorward::policy::Decision;
use doorward::{LocalPath, Principal, Reason, RecordId, Refusal, RefusalKind};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};

/// Answers a failure with its status and page, or redirects to the page that can fix it. A user who is signed in keeps
/// the frame around the page.
pub async fn answer<S: Site>(failure: &PageError, copy: &S::ErrorCopy) -> AnyView {
    let Ok(request) = request::<S>() else { return ().into_any() };
    let mut held_up = None;
    request.head.set(|head| {
        head.failure = Some(failure.clone());
        head.forget_prefetched = has_ended(failure) && request.asked.handle.is_some();
        held_up = head.held_up;
    });
    if let Some(onward) = onward::<S>(failure, &request, held_up) {
        request.head.set(|head| head.see_other = Some(onward));
        return ().into_any();
    }
    set_status(&request, failure);
    let here = here(&request);
    let page = S::error_page(failure, copy, &here);
    match request.refused.get() {
        Some(refused) => S::in_frame(S::frame(&refused.principal), page).await,
        None => S::plain(page),
    }
}

/// Answers a failure with the site's default text.
pub async fn answer_as_usual<S: Site>(failure: &PageError) -> AnyView {
    answer::<S>(failure, &S::error_copy(failure)).await
}

fn here<S: Site>(request: &RequestContext<S>) -> LocalPath {
    request.address.clone().unwrap_or_else(LocalPath::home)
}

/// Returns the page that can fix the failure of a request and then leads back to its address. `held_up` is the policy
/// question of the refused form.
#[must_use]
pub fn onward<S: Site>(
    failure: &PageError,
    request: &RequestContext<S>,
    held_up: Option<&'static str>,
) -> Option<LocalPath> {
    let PageError::Refused(refusal) = failure else { return None };
    match refusal.answer {
        RefusalKind::SignIn => Some(S::sign_in(here(request), request.posted.is_some())),
        RefusalKind::Confirm => Some(S::confirm(here(request), held_up, request.refused.get())),
        RefusalKind::Forbidden | RefusalKind::NotFound | RefusalKind::NeedsReason | RefusalKind::Unavailable => None,
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

/// An address without a page. Everybody is refused. The question finds out who is signed in, so that they keep their frame.
struct FindPage;

impl Action for FindPage {
    const NAME: &'static str = "page.find";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none()
    }

    fn decide(&self, _: &Principal, (): &()) -> Decision {
        Decision::refused(Reason::NoSuchRecord)
    }
}

/// The page for an address without a page. A request without a session asks nothing, because there is nothing to protect.
pub fn no_such_address<S: Site>() -> impl IntoView {
    Suspend::new(async {
        let record = record_of_the_search::<S>().await;
        answer_as_usual::<S>(&PageError::Refused(Refusal { answer: RefusalKind::NotFound, record })).await
    })
}

async fn record_of_the_search<S: Site>() -> Option<RecordId> {
    request::<S>().ok()?.asked.handle.as_ref()?;
    match permit::<S, _>(FindPage).await.err()? {
        PageError::Refused(Refusal { answer: RefusalKind::NotFound, record }) => record,
        _ => None,
    }
}

/// Sets the document's title.
pub fn document_title<S: Site>(title: &str) -> impl IntoView + use<S> {
    view! { <Title text=format!("{title} · {}", S::NAME) /> }
}

/// Renders what is inside a document: gives it a context for titles, and notes the nonce of its scripts
/// in the head of the answer.
pub fn in_document<S: Site>(page: impl FnOnce() -> AnyView) -> AnyView {
    provide_meta_context();
    // Only islands are hydrated. Outside of them nothing has keys, and no resource is serialized.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    if let (Ok(request), Some(nonce)) = (request::<S>(), use_nonce()) {
        request.head.set(|head| head.nonce = Some(nonce.as_inner().clone()));
    }
    page()
}

/// The plainest document around a page.
pub fn document<S: Site>(page: impl FnOnce() -> AnyView) -> AnyView {
    let page = in_document::<S>(page);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <MetaTags />
            </head>
            <body>{page}</body>
        </html>
    }
    .into_any()
}
