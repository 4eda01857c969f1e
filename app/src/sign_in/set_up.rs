//! First start: whoever has the set-up link creates the first administrator.

use crate::account::new_password::{new_password_fields, read_new_password};
use crate::console::{RequestContext, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, Arrival, FormOutcome, FormResult, OpenPage, Requested};
use crate::sign_in::page::SignIn;
use crate::sign_in::store::{SetUpError, SetUpState};
use crate::ui::Field;
use doorward::{LocalPath, Refusal, SecretText};
use leptos::prelude::*;
use std::sync::Arc;

/// The page. Its link carries the code.
#[derive(Clone)]
pub struct SetUp {
    /// The code from the link.
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
    const WHY: &'static str = "there is no account before the first administrator; the link's code is checked instead";
    const ACTS: bool = true;

    async fn act(&self, form: Arc<Form>) -> Result<FormOutcome, PageError> {
        form.only(&["code", "name", "password", "repeat"])?;
        let request = request()?;
        let made = match code(&request, &form).await {
            Ok(code) => {
                let password = read_new_password(&form)?;
                request.backend.set_up(&request.asked, &code, form.text("name"), password).await
            }
            Err(error) => Err(error),
        };
        match made {
            Ok(name) => Ok(FormOutcome::show(Outcome::Made(name))),
            Err(SetUpError::BadCode) => Ok(show(&request, Outcome::BadCode)),
            Err(SetUpError::Done) => Ok(show(&request, Outcome::Done)),
            Err(SetUpError::Invalid { field, message }) => Err(PageError::invalid(field, message)),
            Err(SetUpError::TooMany(retry_after)) => Err(PageError::TooMany { retry_after }),
            Err(SetUpError::Unavailable) => Err(PageError::Refused(Refusal::UNAVAILABLE)),
        }
    }

    type Data = Option<Outcome>;

    async fn load(&self, posted: Option<&Form>) -> Result<Arrival<Option<Outcome>>, PageError> {
        let request = request()?;
        // After a post, the form's action has already checked the code.
        let code = if posted.is_some() { "" } else { &self.code };
        let outcome = match request.backend.may_set_up(&request.asked, code).await {
            Ok(SetUpState::Done) => Some(Outcome::Done),
            Ok(SetUpState::BadCode) if posted.is_some() => None,
            Ok(SetUpState::BadCode) if code.is_empty() => Some(Outcome::NoCode),
            Ok(SetUpState::BadCode) | Err(SetUpError::BadCode) => Some(Outcome::BadCode),
            Ok(SetUpState::Open) => None,
            Err(SetUpError::TooMany(retry_after)) => return Err(PageError::TooMany { retry_after }),
            Err(_) => return Err(PageError::Refused(Refusal::UNAVAILABLE)),
        };
        if let Some(outcome) = &outcome
            && posted.is_none()
        {
            request.head.set(|head| head.status = Some(outcome.status()));
        }
        Ok(Arrival::Show(outcome))
    }

    fn title(&self) -> &'static str {
        "Set up Doorward"
    }

    fn view(&self, arrived: Option<Outcome>, turn: &FormResult) -> AnyView {
        match turn.done::<Outcome>().cloned().or(arrived) {
            Some(outcome) => closed(&outcome).into_any(),
            None => form(turn, self.code.clone()).into_any(),
        }
    }
}

/// What the page shows in place of the form.
#[derive(Clone)]
pub enum Outcome {
    /// The administrator with this name has just been created.
    Made(String),
    /// The address has no code.
    NoCode,
    /// The code is not valid.
    BadCode,
    /// An identity exists already.
    Done,
}

impl Outcome {
    const fn status(&self) -> u16 {
        match self {
            Self::Made(_) => 200,
            Self::NoCode | Self::BadCode => 422,
            Self::Done => 404,
        }
    }

    fn words(&self) -> (&'static str, String) {
        match self {
            Self::Made(name) => {
                ("Doorward is set up", format!("You are its first administrator. Your sign-in name is {name}."))
            }
            Self::NoCode => (
                "Set up Doorward",
                "The link for this page is in the server’s log. It has a code, which is missing here.".to_owned(),
            ),
            Self::BadCode => (
                "Set up Doorward",
                "This link was used or has expired. Restart Doorward: its log then has a new one.".to_owned(),
            ),
            Self::Done => ("Doorward is set up already", "This page is closed. Sign in instead.".to_owned()),
        }
    }
}

fn show(request: &RequestContext, outcome: Outcome) -> FormOutcome {
    request.head.set(|head| head.status = Some(outcome.status()));
    FormOutcome::show(outcome)
}

/// Checks the code. Without it, nothing else of the form is answered.
async fn code(request: &RequestContext, form: &Form) -> Result<SecretText, SetUpError> {
    match request.backend.may_set_up(&request.asked, form.text("code")).await? {
        SetUpState::Open => SecretText::new(form.text("code").to_owned()).map_err(|_| SetUpError::BadCode),
        SetUpState::BadCode => Err(SetUpError::BadCode),
        SetUpState::Done => Err(SetUpError::Done),
    }
}

fn closed(outcome: &Outcome) -> impl IntoView + use<> {
    let (title, sentence) = outcome.words();
    let may_sign_in = matches!(outcome, Outcome::Made(_) | Outcome::Done);
    view! {
        <section class="card">
            <header>
                <h1>{title}</h1>
                <p>{sentence}</p>
            </header>
            {may_sign_in.then(|| view! {
                <div class="actions">
                    <a class="button primary" href=SignIn::to(LocalPath::home()).href()>"Sign in"</a>
                </div>
            })}
        </section>
    }
}

fn form(turn: &FormResult, code: String) -> impl IntoView + use<> {
    let code = if code.is_empty() { turn.typed("code") } else { code };
    view! {
        <section class="card">
            <header>
                <h1>"Set up Doorward"</h1>
                <p>"Create the first administrator. This page works once."</p>
            </header>
            {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            <form method="post" action=SetUp { code: String::new() }.href()>
                <input type="hidden" name="code" value=code />
                <Field name="name" label="Name" autocomplete="username" value=turn.typed("name") error=turn.error("name") />
                {new_password_fields(turn)}
                <div class="actions">
                    <button class="primary">"Create the administrator"</button>
                </div>
            </form>
        </section>
    }
}
