//! The first start: whoever holds the set-up link becomes the first administrator.

use crate::door;
use crate::form::Form;
use crate::model::Failure;
use crate::page::{self, Acted, Turn};
use crate::routes;
use crate::store::SetUpError;
use crate::ui::Field;
use doorward::{Refusal, SecretText};
use leptos::prelude::*;
use leptos_meta::Title;
use std::sync::Arc;

impl From<SetUpError> for Failure {
    fn from(error: SetUpError) -> Self {
        match error {
            SetUpError::BadCode => Self::invalid("", "This set-up link does not count any more."),
            SetUpError::Invalid { field, message } => Self::invalid(field, message),
            SetUpError::TooMany(retry_after) => Self::TooMany { retry_after },
            SetUpError::Unavailable => Self::Refused(Refusal::UNAVAILABLE),
        }
    }
}

async fn act(form: Arc<Form>) -> Result<Acted<()>, Failure> {
    form.only(&["code", "name", "password", "repeat"])?;
    let code = SecretText::new(form.text("code").to_owned()).map_err(|_| SetUpError::BadCode)?;
    let password = form.secret("password")?;
    if form.secret("repeat")? != password {
        return Err(Failure::invalid("repeat", "The two passwords differ."));
    }
    let visit = door::visit()?;
    visit.backend.set_up(&visit.asked, &code, form.text("name"), password).await?;
    Ok(Acted::SeeOther(routes::local(routes::SIGN_IN), None))
}

/// The page.
pub fn page() -> impl IntoView {
    let code = door::visit().map(|visit| visit.query.text("code").to_owned()).unwrap_or_default();
    page::open(
        "before the first administrator there is nobody to ask; the link's code is checked when the form is sent",
        act,
        move |turn| view(&turn, code).into_any(),
    )
}

fn view(turn: &Turn<()>, code: String) -> impl IntoView + use<> {
    let code = if code.is_empty() { turn.typed("code") } else { code };
    view! {
        <Title text="Set up Doorward" />
        <section class="card">
            <header>
                <h1>"Set up Doorward"</h1>
                <p>"You will be its first administrator. This page closes when you are done."</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=routes::SET_UP>
                <input type="hidden" name="code" value=code />
                <Field name="name" label="Name".to_owned() autocomplete="username" value=turn.typed("name") error=turn.error("name") />
                <Field
                    name="password"
                    label="Password".to_owned()
                    kind="password"
                    autocomplete="new-password"
                    hint=Some("12 characters or more. A sentence is fine.")
                    error=turn.error("password")
                />
                <Field
                    name="repeat"
                    label="Password again".to_owned()
                    kind="password"
                    autocomplete="new-password"
                    error=turn.error("repeat")
                />
                <div class="actions">
                    <button class="primary">"Create the administrator"</button>
                </div>
            </form>
        </section>
    }
}
