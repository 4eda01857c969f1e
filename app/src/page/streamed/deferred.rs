//! Parts of a page that are read after the rest has been sent, each with a permit of its own.
//!
//! The document is sent in order, so it needs no script: up to the part, then the part, then the rest. A refused part
//! shows an error in its place. If the session has ended in the meantime, the rest of the page is not sent.

use crate::page::context::request;
use crate::page::error::PageError;
use crate::page::{Site, watched};
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;

/// What is sent in the place of a part.
pub enum Part {
    /// The part; the page goes on.
    Html(String),
    /// The end of the page.
    Ended(String),
}

/// A part that is not read yet. It asks in the request's context when it is run.
pub struct Deferred(Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Part> + Send>> + Send>);

impl Deferred {
    /// The element that keeps the place of part number `number` in the document.
    #[must_use]
    pub fn marker(number: usize) -> String {
        format!("<template data-deferred=\"{number}\"></template>")
    }

    /// Asks, reads and renders.
    #[must_use]
    pub fn run(self) -> Pin<Box<dyn Future<Output = Part> + Send>> {
        (self.0)()
    }
}

/// Renders `skeleton`, and `part` in its place once it is read.
pub fn deferred<S: Site, F>(skeleton: AnyView, part: impl FnOnce() -> F + Send + 'static) -> AnyView
where
    F: Future<Output = Result<AnyView, PageError>> + Send + 'static,
{
    let Ok(request) = request::<S>() else { return ().into_any() };
    let later = Deferred(Box::new(|| Box::pin(read::<S, F>(part))));
    let mut number = 0;
    request.head.set(|head| {
        number = head.deferred.len();
        head.deferred.push(later);
    });
    view! {
        <div class="deferred" id=format!("deferred-{number}") data-part>
            <div class="skeleton" aria-hidden="true">{skeleton}</div>
            <template data-deferred=number.to_string()></template>
        </div>
    }
    .into_any()
}

async fn read<S: Site, F>(part: impl FnOnce() -> F + Send) -> Part
where
    F: Future<Output = Result<AnyView, PageError>> + Send,
{
    let here = || request::<S>().ok().and_then(|request| request.address).unwrap_or_else(LocalPath::home);
    let read = match request::<S>() {
        Ok(request) => watched(&request, None, Box::pin(part())).await,
        Err(failure) => Err(failure),
    };
    match read {
        Ok(view) => Part::Html(html(view).await),
        Err(PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. })) => {
            Part::Ended(html(S::ended_midway(here())).await)
        }
        Err(failure) => Part::Html(html(S::error_panel(&failure, &S::error_copy(&failure), &here())).await),
    }
}

async fn html(view: AnyView) -> String {
    view.resolve().await.to_html()
}
