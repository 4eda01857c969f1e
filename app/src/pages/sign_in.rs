//! Sign-in: where a session begins.

use crate::door::{self, HandleChange};
use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted, Turn};
use crate::routes;
use crate::store::SignInError;
use crate::ui::Field;
use doorward::{LocalPath, Refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

/// Where to go afterwards: an address on this site, whatever was asked for.
pub(super) fn next() -> LocalPath {
    let asked = door::visit().ok();
    asked.and_then(|visit| LocalPath::parse(visit.query.text("next")).ok()).unwrap_or_else(LocalPath::home)
}

/// A refused authentication as a page or an island shows it.
impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::invalid("", "That name and password do not match."),
            SignInError::TooMany(retry_after) => Self::TooMany { retry_after },
            SignInError::Unavailable => Self::Refused(Refusal::UNAVAILABLE),
        }
    }
}

async fn act(form: Arc<Form>, next: LocalPath) -> Result<Acted<()>, Failure> {
    form.only(&["name", "password"])?;
    if form.text("name").is_empty() {
        return Err(Failure::invalid("name", "Give your name."));
    }
    let password = form.secret("password")?;
    let visit = door::visit()?;
    let begun = visit.backend.sign_in(&visit.asked, form.text("name"), password).await?;
    visit.head.set(|head| head.handle = Some(HandleChange::Set(begun.handle)));
    Ok(Acted::SeeOther(next, None))
}

/// The page.
pub fn page() -> impl IntoView {
    let next = next();
    let here = routes::and_then(routes::SIGN_IN, &next);
    page::open(
        "whoever is not signed in yet must be able to sign in",
        move |form| act(form, next),
        move |turn| view(&turn, &here).into_any(),
    )
}

fn view(turn: &Turn<()>, here: &LocalPath) -> impl IntoView + use<> {
    let again = !turn.typed("name").is_empty();
    view! {
        <Title text="Sign in · Doorward" />
        <section class="card">
            <h1>"Sign in"</h1>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=here.to_string()>
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
