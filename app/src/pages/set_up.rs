//! The first start: whoever holds the set-up link becomes the first administrator.

use super::SignIn;
use crate::door;
use crate::form::Form;
use crate::model::Failure;
use crate::page::{Acted, Address, OpenPage, Requested, Turn};
use crate::store::SetUpError;
use crate::ui::Field;
use doorward::{LocalPath, Refusal, SecretText};
use leptos::prelude::*;
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

/// The page; its link carries the code.
#[derive(Clone)]
pub struct SetUp {
    /// The code as the link has it; it is checked when the form is sent.
    pub code: String,
}

impl Address for SetUp {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { code: asked.query("code", String::new(), |text| Ok(text.to_owned())) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("code", self.code.clone())]
    }
}

impl OpenPage for SetUp {
    const WHY: &'static str =
        "before the first administrator there is nobody to ask; the link's code is checked instead";
    const ACTS: bool = true;

    async fn act(&self, form: Arc<Form>) -> Result<Acted, Failure> {
        form.only(&["code", "name", "password", "repeat"])?;
        let code = SecretText::new(form.text("code").to_owned()).map_err(|_| SetUpError::BadCode)?;
        let password = form.secret("password")?;
        if form.secret("repeat")? != password {
            return Err(Failure::invalid("repeat", "The two passwords differ."));
        }
        let visit = door::visit()?;
        visit.backend.set_up(&visit.asked, &code, form.text("name"), password).await?;
        Ok(Acted::SeeOther(SignIn { next: LocalPath::home() }.path(), None))
    }

    fn title(&self) -> &'static str {
        "Set up Doorward"
    }

    fn view(&self, turn: &Turn) -> AnyView {
        view(turn, self.code.clone()).into_any()
    }
}

fn view(turn: &Turn, code: String) -> impl IntoView + use<> {
    let code = if code.is_empty() { turn.typed("code") } else { code };
    view! {
        <section class="card">
            <header>
                <h1>"Set up Doorward"</h1>
                <p>"You will be its first administrator. This page closes when you are done."</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=SetUp { code: String::new() }.href()>
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
