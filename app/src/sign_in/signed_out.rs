//! The page shown after a session has ended.

use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, Arrival, FormResult, OpenPage, Requested};
use crate::sign_in::page::{self, SignIn};
use doorward::LocalPath;
use leptos::prelude::*;

/// Why the session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The user signed out.
    SignedOut,
    /// A person or a rule ended the session.
    Revoked,
    /// The session reached its absolute limit.
    Expired,
    /// The session reached its idle limit.
    Idle,
}

impl Why {
    const ALL: [Self; 4] = [Self::SignedOut, Self::Revoked, Self::Expired, Self::Idle];

    /// Returns the reason as used in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Idle => "idle",
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignedOut => {
                ("You have signed out", "This session has ended, and nothing of it is left in this browser.")
            }
            Self::Revoked => (
                "Your session was ended",
                "It was ended elsewhere: by you, by an administrator, or because a copy of it was used. What this page showed has been removed.",
            ),
            Self::Expired => (
                "You were signed out: the session reached its limit",
                "A session ends after some hours, also if it is in use. What this page showed has been removed.",
            ),
            Self::Idle => (
                "You were signed out because of inactivity",
                "The session was not used for too long. What this page showed has been removed.",
            ),
        }
    }
}

#[derive(Clone)]
pub struct SignedOut {
    pub why: Why,
    /// Where to go after signing in again.
    pub next: LocalPath,
}

impl SignedOut {
    /// Returns the page after a sign-out.
    #[must_use]
    pub fn plainly() -> Self {
        Self { why: Why::SignedOut, next: LocalPath::home() }
    }
}

impl Address for SignedOut {
    fn at(asked: &mut Requested<'_>) -> Self {
        let known = |text: &str| {
            let why = Why::ALL.into_iter().find(|why| why.as_str() == text);
            why.ok_or_else(|| PageError::invalid("why", "There is no such reason."))
        };
        let why = asked.query("why", Why::SignedOut, known);
        Self { why, next: page::next(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let next = if self.next == LocalPath::home() { String::new() } else { self.next.to_string() };
        vec![("why", self.why.as_str().to_owned()), ("next", next)]
    }
}

impl OpenPage for SignedOut {
    const WHY: &'static str = "it says nothing of anybody";
    const ACTS: bool = false;

    type Data = ();

    async fn load(&self, _: Option<&Form>) -> Result<Arrival<()>, PageError> {
        Ok(Arrival::Show(()))
    }

    fn title(&self) -> &'static str {
        "Signed out · Doorward"
    }

    fn view(&self, (): (), _: &FormResult) -> AnyView {
        view(self).into_any()
    }
}

fn view(page: &SignedOut) -> impl IntoView + use<> {
    let (title, sentence) = page.why.words();
    view! {
        <section class="card">
            <header>
                <h1>{title}</h1>
                <p>{sentence}</p>
            </header>
            <div class="actions">
                <a class="button primary" href=SignIn::to(page.next.clone()).href()>"Sign in again"</a>
            </div>
        </section>
    }
}
