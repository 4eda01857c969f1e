//! Parts of a page that are read after the rest is on its way, each with a permit of its own.
//!
//! The document is sent up to the place of a part, then the part, then on: in order, so it needs no script. A part that
//! is refused says so in its place; where the session has ended meanwhile, nothing more of the page is sent.

use crate::page::Site;
use crate::page::context::request;
use crate::page::error::PageError;
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;

/// What is sent in the place of a part.
pub enum Part {
    /// The part; the page goes on.
    Html(String),
    /// A last word; the page ends here.
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

/// A place where `part` is sent once it is read; until then `skeleton` keeps its room.
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
    match part().await {
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
