//! Sign-in: where a session begins.

use crate::door::{self, HandleChange};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Address, OpenPage, Requested, Turn};
use crate::store::{PasskeyAnswer, SignInError};
use crate::ui::Field;
use crate::ui::passkey_form::{CEREMONY, PASSKEY, passkey_form, read_passkey};
use doorward::{LocalPath, Refusal};
use leptos::prelude::*;
use std::sync::Arc;

/// Where to go afterwards: an address on this site, whatever was asked for.
pub(super) fn next(asked: &mut Requested<'_>) -> LocalPath {
    let read = |text: &str| Ok(LocalPath::parse(text).unwrap_or_else(|_| LocalPath::home()));
    asked.query("next", LocalPath::home(), read)
}

/// The page that asks for name and password.
#[derive(Clone)]
pub struct SignIn {
    /// Where to go afterwards.
    pub next: LocalPath,
}

impl Address for SignIn {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { next: next(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("next", self.next.to_string())]
    }
}

/// A refused authentication as a page or an island shows it.
impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::invalid("", "That name and password do not match."),
            SignInError::Full => {
                Self::invalid("", "You have as many sessions as your role allows. End one where you are signed in.")
            }
            SignInError::TooMany(retry_after) => Self::TooMany { retry_after },
            SignInError::Unavailable => Self::Refused(Refusal::UNAVAILABLE),
        }
    }
}

impl OpenPage for SignIn {
    const WHY: &'static str = "whoever is not signed in yet must be able to sign in";
    const ACTS: bool = true;
    const ISLANDS: &'static [&'static str] = &["Passkey"];

    async fn act(&self, form: Arc<Form>) -> Result<Acted, Failure> {
        if !form.text(PASSKEY).is_empty() {
            form.only(&[PASSKEY, CEREMONY])?;
            return self.by_passkey(read_passkey(&form)).await;
        }
        form.only(&["name", "password"])?;
        if form.text("name").is_empty() {
            return Err(Failure::invalid("name", "Give your name."));
        }
        let password = form.secret("password")?;
        let visit = door::visit()?;
        let begun = visit.backend.sign_in(&visit.asked, form.text("name"), password).await?;
        visit.head.set(|head| head.handle = Some(HandleChange::Set(begun.handle)));
        Ok(Acted::SeeOther(self.next.clone(), None))
    }

    fn title(&self) -> &'static str {
        "Sign in · Doorward"
    }

    fn view(&self, turn: &Turn) -> AnyView {
        let offers_passkeys = door::visit().is_ok_and(|visit| visit.offers_passkeys);
        view(turn, self.href(), offers_passkeys).into_any()
    }
}

impl SignIn {
    async fn by_passkey(&self, answer: PasskeyAnswer) -> Result<Acted, Failure> {
        let visit = door::visit()?;
        let begun = visit.backend.sign_in_by_passkey(&visit.asked, answer).await.map_err(|error| match error {
            SignInError::Wrong => {
                Failure::invalid("", "That passkey did not count. Try again, or sign in with your password.")
            }
            other => other.into(),
        })?;
        visit.head.set(|head| head.handle = Some(HandleChange::Set(begun.handle)));
        Ok(Acted::SeeOther(self.next.clone(), None))
    }
}

fn view(turn: &Turn, here: String, offers_passkeys: bool) -> impl IntoView + use<> {
    let again = !turn.typed("name").is_empty();
    let by_passkey =
        offers_passkeys.then(|| passkey_form(here.clone(), "sign-in", None, "Sign in with a passkey", ().into_any()));
    view! {
        <section class="card">
            <h1>"Sign in"</h1>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=here>
                <Field
                    name="name"
                    label="Name".to_owned()
                    autocomplete="username"
                    value=turn.typed("name")
                    error=turn.error("name")
                    autofocus=!again
                />
                <Field
                    name="password"
                    label="Password".to_owned()
                    kind="password"
                    autocomplete="current-password"
                    error=turn.error("password")
                    autofocus=again
                />
                <div class="actions">
                    <button class="primary">"Sign in"</button>
                </div>
            </form>
            {by_passkey}
        </section>
    }
}
