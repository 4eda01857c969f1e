//! Sign-in: where a session begins.

use crate::door::{self, HandleChange};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Address, OpenPage, Requested, Turn};
use crate::store::SignInError;
use crate::ui::Field;
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

    async fn act(&self, form: Arc<Form>) -> Result<Acted, Failure> {
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
        view(turn, self.href()).into_any()
    }
}

fn view(turn: &Turn, here: String) -> impl IntoView + use<> {
    let again = !turn.typed("name").is_empty();
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
        </section>
    }
}
