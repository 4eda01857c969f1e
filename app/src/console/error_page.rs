//! Error pages: the only place that renders a document's 403, 404, 422, 429 or 503. The framework has set the status by
//! then, or has redirected.

use crate::access::overview::Overview;
use crate::console::{Console, missing};
use crate::ledger::record::Record;
use crate::page::error::PageError;
use crate::page::{Address, document_title};
use crate::secrets::list::Secrets;
use crate::sign_in::page::SignIn;
use doorward::{LocalPath, Refusal, RefusalKind};
use leptos::prelude::*;

/// The text of an error page: what happened, why, and the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCopy {
    /// The heading.
    pub title: &'static str,
    /// One plain sentence.
    pub sentence: &'static str,
    pub way: NextStep,
}

/// The link that an error page offers.
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

impl From<&PageError> for ErrorCopy {
    fn from(failure: &PageError) -> Self {
        words(failure)
    }
}

/// Returns the default text for a failure.
#[must_use]
pub const fn words(failure: &PageError) -> ErrorCopy {
    match failure {
        PageError::Refused(refusal) => match refusal.answer {
            RefusalKind::NotFound => NOT_FOUND,
            RefusalKind::Unavailable => UNAVAILABLE,
            RefusalKind::Forbidden | RefusalKind::NeedsReason | RefusalKind::SignIn | RefusalKind::Confirm => FORBIDDEN,
        },
        PageError::TooMany { .. } => TOO_MANY,
        PageError::TooLarge => TOO_LARGE,
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
const TOO_LARGE: ErrorCopy = ErrorCopy {
    title: "That is too large",
    sentence: "A secret value may have at most 65,536 bytes, and a secret file 1,048,576 bytes (1 MiB). Nothing was saved.",
    way: NextStep::OpenPage,
};
const NO_SUCH_ACTION: ErrorCopy = ErrorCopy {
    title: "This cannot be done here",
    sentence: "This page has no form to send.",
    way: NextStep::OpenPage,
};
const UNREADABLE: ErrorCopy = ErrorCopy {
    title: "This address or form is not valid",
    sentence: "A part of it could not be read. Check the address, or go back and try again. Nothing was changed.",
    way: NextStep::OpenPage,
};
const BROKEN: ErrorCopy = ErrorCopy {
    title: "Something went wrong",
    sentence: "This is our error; it has been logged. Nothing more was done.",
    way: NextStep::Again,
};

fn record_of(failure: &PageError) -> Option<impl IntoView + use<>> {
    let PageError::Refused(Refusal { record: Some(record), .. }) = failure else { return None };
    let receipt = Record { id: *record }.href();
    Some(view! { <footer>"Record " <a href=receipt><code>{record.to_string()}</code></a></footer> })
}

/// The sentence of a failure: for a 403 the permission that is missing, and a link to what the user may do.
fn reason(failure: &PageError, usual: &'static str) -> AnyView {
    match missing::permission(failure) {
        Some(sentence) => {
            let access = Overview::default().href() + "#access-heading";
            view! { <p>{sentence}</p><p><a href=access>"What you can do now"</a></p> }.into_any()
        }
        None => view! { <p>{usual}</p> }.into_any(),
    }
}

/// A refusal on a page of its own.
pub(super) fn alone(failure: &PageError, words: &ErrorCopy, here: &LocalPath) -> impl IntoView + use<> {
    let ErrorCopy { title, sentence, way } = *words;
    view! {
        {document_title::<Console>(title)}
        <article class="card refusal">
            <h1>{title}</h1>
            {reason(failure, sentence)}
            <div class="actions">
                <a class="button primary" href=way.href(here)>{way.label()}</a>
            </div>
            {record_of(failure)}
        </article>
    }
}

/// A refusal in the place of a part, while the rest of the page stays.
pub(super) fn panel(failure: &PageError, words: &ErrorCopy, here: &LocalPath) -> impl IntoView + use<> {
    let ErrorCopy { title, sentence, way } = *words;
    view! {
        <section class="panel wide refusal" role="alert">
            <h2>{title}</h2>
            {reason(failure, sentence)}
            <div class="actions">
                <a class="button" href=way.href(here)>{way.label()}</a>
            </div>
            {record_of(failure)}
        </section>
    }
}

/// The end of a page whose session ended before all of it was sent.
pub(super) fn ended_midway(next: LocalPath) -> impl IntoView {
    view! {
        <section class="panel wide refusal" role="alert">
            <h2>"Your session has ended"</h2>
            <p>"It ended while this page was on its way, so the rest was not sent."</p>
            <div class="actions">
                <a class="button primary" href=SignIn::to(next).href()>"Sign in"</a>
            </div>
        </section>
    }
}
