//! What a refusal looks like, and which status it has: design.md's table for documents.

use crate::access::overview::Overview;
use crate::console::frame::plain;
use crate::page::Address;
use crate::page::context::{RequestContext, request};
use crate::page::error::PageError;
use crate::secrets::list::Secrets;
use crate::sign_in::confirm::Confirm;
use crate::sign_in::held_up::HeldUp;
use crate::sign_in::page::SignIn;
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;
use leptos_meta::Title;

/// Answers a failure with its status and its page, or leads on to where it can be mended.
pub fn answer(failure: &PageError, words: &ErrorCopy) -> AnyView {
    let Ok(request) = request() else { return ().into_any() };
    let next = request.address.clone().unwrap_or_else(LocalPath::home);
    let mut held_up = None;
    request.head.set(|head| {
        head.failure = Some(failure.clone());
        head.forget_prefetched = has_ended(failure) && request.asked.handle.is_some();
        held_up = head.held_up;
    });
    if let Some(onward) = onward(failure, &next, held_up) {
        request.head.set(|head| head.see_other = Some(onward));
        return ().into_any();
    }
    set_status(&request, failure);
    plain(alone(failure, words, &next).into_any()).into_any()
}

/// Where a failure is mended, coming back to `next` afterwards. `held_up` is the policy question of the refused form.
#[must_use]
pub fn onward(failure: &PageError, next: &LocalPath, held_up: Option<&str>) -> Option<LocalPath> {
    let PageError::Refused(refusal) = failure else { return None };
    match refusal.answer {
        RefusalKind::SignIn => Some(SignIn { next: next.clone() }.path()),
        RefusalKind::Confirm => Some(Confirm { next: next.clone(), held_up: held_up.and_then(HeldUp::of) }.path()),
        RefusalKind::Forbidden | RefusalKind::NotFound | RefusalKind::Unavailable => None,
    }
}

const fn has_ended(failure: &PageError) -> bool {
    matches!(failure, PageError::Refused(Refusal { answer: RefusalKind::SignIn, .. }))
}

/// Gives the answer the status of a failure.
pub fn set_status(request: &RequestContext, failure: &PageError) {
    request.head.set(|head| {
        head.status = Some(failure.status());
        head.retry_after = failure.retry_after();
    });
}

/// What a refusal says: what it is, why in one sentence, the way forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCopy {
    /// The heading.
    pub title: &'static str,
    /// One plain sentence.
    pub sentence: &'static str,
    /// Where the way leads.
    pub way: NextStep,
}

/// The way forward from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// To the same address again.
    Again,
    /// To the same page, without what could not be read.
    OpenPage,
    /// To the overview.
    Home,
    /// To the list of secrets.
    Secrets,
}

impl NextStep {
    const fn label(self) -> &'static str {
        match self {
            Self::Again => "Try again",
            Self::OpenPage => "Open the page",
            Self::Home => "Back to the overview",
            Self::Secrets => "Back to the secrets",
        }
    }

    fn href(self, here: &LocalPath) -> String {
        match self {
            Self::Again => here.to_string(),
            Self::OpenPage => here.as_str().split('?').next().unwrap_or_default().to_owned(),
            Self::Home => Overview::default().href(),
            Self::Secrets => Secrets::default().href(),
        }
    }
}

/// The usual words for a failure.
#[must_use]
pub const fn words(failure: &PageError) -> ErrorCopy {
    match failure {
        PageError::Refused(refusal) => match refusal.answer {
            RefusalKind::NotFound => NOT_FOUND,
            RefusalKind::Unavailable => UNAVAILABLE,
            RefusalKind::Forbidden | RefusalKind::SignIn | RefusalKind::Confirm => FORBIDDEN,
        },
        PageError::TooMany { .. } => TOO_MANY,
        PageError::NoSuchAction => NO_SUCH_ACTION,
        PageError::Invalid { .. } => UNREADABLE,
        PageError::Lost => BROKEN,
    }
}

const FORBIDDEN: ErrorCopy = ErrorCopy {
    title: "You do not have access",
    sentence: "It needs a permission that you do not have. An administrator can give it to you.",
    way: NextStep::Home,
};
const NOT_FOUND: ErrorCopy = ErrorCopy {
    title: "Not found",
    sentence: "It does not exist, or you do not have access to it.",
    way: NextStep::Home,
};
const UNAVAILABLE: ErrorCopy = ErrorCopy {
    title: "Doorward cannot decide right now",
    sentence: "It could not look up your access, so it shows nothing and has changed nothing.",
    way: NextStep::Again,
};
const TOO_MANY: ErrorCopy =
    ErrorCopy { title: "Too many tries", sentence: "Wait a moment before you try again.", way: NextStep::Again };
const NO_SUCH_ACTION: ErrorCopy = ErrorCopy {
    title: "This cannot be done here",
    sentence: "This page has no form to send.",
    way: NextStep::OpenPage,
};
const UNREADABLE: ErrorCopy = ErrorCopy {
    title: "This address or form is not valid",
    sentence: "What was sent is not what this page asks for. Nothing was changed.",
    way: NextStep::OpenPage,
};
const BROKEN: ErrorCopy = ErrorCopy {
    title: "Something went wrong",
    sentence: "This is our error; it has been logged. Nothing more was done.",
    way: NextStep::Again,
};

fn record_of(failure: &PageError) -> Option<impl IntoView + use<>> {
    let PageError::Refused(Refusal { record: Some(record), .. }) = failure else { return None };
    let record = record.to_string();
    Some(view! { <footer>"Record " <code>{record}</code></footer> })
}

/// A refusal on a page of its own.
fn alone(failure: &PageError, words: &ErrorCopy, here: &LocalPath) -> impl IntoView + use<> {
    let ErrorCopy { title, sentence, way } = *words;
    view! {
        <Title text=format!("{title} · Doorward") />
        <article class="card refusal">
            <h1>{title}</h1>
            <p>{sentence}</p>
            <div class="actions">
                <a class="button primary" href=way.href(here)>{way.label()}</a>
            </div>
            {record_of(failure)}
        </article>
    }
}

/// A refusal in the place of a part, while the rest of the page stays.
pub fn panel(failure: &PageError, words: &ErrorCopy) -> AnyView {
    let ErrorCopy { title, sentence, way } = *words;
    let here = request().ok().and_then(|request| request.address).unwrap_or_else(LocalPath::home);
    view! {
        <section class="panel wide refusal" role="alert">
            <h2>{title}</h2>
            <p>{sentence}</p>
            <div class="actions">
                <a class="button" href=way.href(&here)>{way.label()}</a>
            </div>
            {record_of(failure)}
        </section>
    }
    .into_any()
}

/// The last words of a page whose session ended before it was sent whole.
pub fn ended_midway() -> AnyView {
    let next = request().ok().and_then(|request| request.address).unwrap_or_else(LocalPath::home);
    view! {
        <section class="panel wide refusal" role="alert">
            <h2>"Your session has ended"</h2>
            <p>"It ended while this page was on its way, so the rest was not sent."</p>
            <div class="actions">
                <a class="button primary" href=SignIn { next }.href()>"Sign in"</a>
            </div>
        </section>
    }
    .into_any()
}

/// The page for an address that no page has. It asks nobody who they are, since there is nothing to protect.
#[component]
pub fn NoSuchAddress() -> impl IntoView {
    let failure = PageError::Refused(Refusal { answer: RefusalKind::NotFound, record: None });
    answer(&failure, &words(&failure))
}
