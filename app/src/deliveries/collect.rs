//! The page behind a link that works for anybody. Opening it consumes nothing, because chat programs
//! open links to preview them.

use crate::console::{Console, request};
use crate::deliveries::delivered;
use crate::deliveries::store::{CollectError, Delivered, DeliveryState, Offered};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, Arrival, FormOutcome, FormResult, OpenPage, Requested};
use crate::ui::time::Until;
use doorward::{Refusal, SecretText};
use leptos::prelude::*;
use std::sync::Arc;

#[derive(Clone)]
pub struct Collect {
    /// The code from the link.
    pub code: String,
}

impl Address for Collect {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { code: asked.query("code", String::new(), |text| Ok(text.to_owned())) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("code", self.code.clone())]
    }
}

/// What the page shows.
#[derive(Clone)]
pub enum Shown {
    /// The button that opens it.
    Offer(Offered),
    Value(Delivered),
    /// It was opened, or its time is over.
    Gone(DeliveryState),
    /// The link is not valid.
    BadCode,
}

/// Returns what is shown instead of a value.
fn instead(error: CollectError) -> Result<Shown, PageError> {
    let (shown, status) = match error {
        CollectError::BadCode => (Shown::BadCode, 422),
        CollectError::NotWaiting(state) => (Shown::Gone(state), 410),
        CollectError::TooMany(retry_after) => return Err(PageError::TooMany { retry_after }),
        CollectError::Unavailable => return Err(PageError::Refused(Refusal::UNAVAILABLE)),
    };
    request()?.head.set(|head| head.status = Some(status));
    Ok(shown)
}

impl OpenPage for Collect {
    const WHY: &'static str =
        "the link is for somebody without an account; its code is checked instead, and works once";
    const ACTS: bool = true;
    const ISLANDS: &'static [&'static str] = &["CopyValue"];
    type Data = Option<Shown>;

    async fn act(&self, form: Arc<Form>) -> Result<FormOutcome, PageError> {
        form.only(&["code", FORM_TOKEN])?;
        let request = request()?;
        request.head.set(|head| head.reveals = true);
        let shown = match SecretText::new(form.text("code").to_owned()) {
            Ok(code) => {
                let collected = request.backend.collect(&request.asked, &code, read_form_token(&form).as_deref()).await;
                collected.map(Shown::Value).or_else(instead)?
            }
            Err(_) => instead(CollectError::BadCode)?,
        };
        Ok(FormOutcome::show(shown))
    }

    async fn load(&self, posted: Option<&Form>) -> Result<Arrival<Option<Shown>>, PageError> {
        if posted.is_some() {
            return Ok(Arrival::Show(None));
        }
        let request = request()?;
        let shown = match SecretText::new(self.code.clone()) {
            Ok(code) => request.backend.offered(&request.asked, &code).await.map(Shown::Offer).or_else(instead)?,
            Err(_) => instead(CollectError::BadCode)?,
        };
        Ok(Arrival::Show(Some(shown)))
    }

    fn title(&self) -> &'static str {
        "A value for you"
    }

    fn view(&self, arrived: Option<Shown>, turn: &FormResult) -> AnyView {
        match turn.done::<Shown>().cloned().or(arrived) {
            Some(Shown::Offer(offered)) => offer(&offered, self.code.clone()).into_any(),
            Some(Shown::Value(value)) => delivered::value(&value).into_any(),
            Some(Shown::Gone(state)) => sentence("There is nothing to open", delivered::why_not(state)).into_any(),
            Some(Shown::BadCode) => {
                sentence("This link does not work", "It is not complete, or it is no link of ours. Ask the sender.")
                    .into_any()
            }
            None => {
                let message = turn.error("").unwrap_or_else(|| "Nothing was opened.".to_owned());
                sentence("Nothing was opened", message).into_any()
            }
        }
    }
}

fn offer(offered: &Offered, code: String) -> impl IntoView + use<> {
    let now = request().map(|request| request.asked.now).unwrap_or(offered.ends);
    view! {
        <section class="card">
            <header>
                <h1>"A value for you"</h1>
                <p>
                    <bdi>{offered.sender_name.clone()}</bdi> " sent you a value. It can be opened once, within "
                    <Until at=offered.ends now /> ". It is shown then, and deleted here."
                </p>
            </header>
            <form method="post" action=Collect { code: String::new() }.href()>
                {form_token::<Console>()}
                <input type="hidden" name="code" value=code />
                <div class="actions">
                    <button class="primary">"Open it now"</button>
                </div>
            </form>
        </section>
    }
}

fn sentence(title: &'static str, sentence: impl Into<String>) -> impl IntoView {
    let sentence: String = sentence.into();
    view! {
        <section class="card">
            <header>
                <h1>{title}</h1>
                <p>{sentence}</p>
            </header>
        </section>
    }
}
