//! Gives a secret a value that the server generates and shows to nobody.

use super::generator::{self, checkbox, in_words};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::policy;
use crate::secrets::secret::{OVER, Secret, read_over};
use crate::secrets::store::{GenerateError, RotateError, SecretUses};
use crate::ui::{Panel, because_in_row};
use doorward::generator::Generator;
use leptos::prelude::*;

const KEEP: &str = "keep";

/// Generates a value by the fields of the form. The form has a token, so that sending it again adds no second version.
pub struct Generate;

/// Generates a value by what is kept with the secret.
pub struct GenerateAgain;

/// What the forms have in common.
pub struct Asked {
    generator: Option<Generator>,
    keep: bool,
    why: StatedReason,
    over: Option<i64>,
    form: Option<String>,
}

impl Asked {
    fn read(form: &Form, generator: Option<Generator>) -> Result<Self, PageError> {
        let (why, over) = (StatedReason::read(form)?, read_over(form)?);
        Ok(Self { generator, keep: form.text(KEEP) == "yes", why, over, form: read_form_token(form) })
    }

    fn question(&self, page: &Secret) -> policy::GenerateValue {
        policy::GenerateValue { id: page.id, generator: self.generator.clone(), keep: self.keep, why: self.why.clone() }
    }

    async fn run(self, page: &Secret, permit: Permit<policy::GenerateValue>) -> Result<FormOutcome, PageError> {
        let generated = request()?.backend.generate(permit, self.over, self.form.as_deref()).await;
        let (version, generator) = generated.map_err(|error| match error {
            GenerateError::NothingKept => PageError::invalid("", "No settings are kept. Choose them below."),
            GenerateError::Rotate(RotateError::SentBefore) => PageError::invalid(
                "",
                "This form was already sent, and a value was generated then. To generate another one, press the button again.",
            ),
            GenerateError::Rotate(RotateError::Stale(change)) => {
                let said = format!("{} Nothing was generated. To replace that value, press again.", change.in_words());
                PageError::invalid("", said)
            }
            GenerateError::Rotate(RotateError::Value(error)) => PageError::invalid(error.field, sentence(&error.reason)),
            GenerateError::Rotate(RotateError::Store(error)) => error.into(),
        })?;
        let said = format!("A value was generated: {}. This is version {version}.", in_words(&generator));
        Ok(FormOutcome::SeeOtherSaying(page.path(), said))
    }
}

impl FormAction<Secret> for Generate {
    const BUTTON: &'static str = "generate";
    const FIELDS: &'static [&'static str] = &{
        let [a, b, c, d, e, f, g, h, i] = generator::FIELDS;
        [a, b, c, d, e, f, g, h, i, KEEP, OVER, WHY, FORM_TOKEN]
    };
    type Asks = policy::GenerateValue;
    type Input = Asked;

    fn read(form: &Form) -> Result<Asked, PageError> {
        Asked::read(form, Some(generator::read(form)?))
    }

    fn asks_anyway(page: &Secret) -> Option<policy::GenerateValue> {
        let why = StatedReason::default();
        Some(policy::GenerateValue { id: page.id, generator: None, keep: false, why })
    }

    fn asks(page: &Secret, asked: &Asked) -> policy::GenerateValue {
        asked.question(page)
    }

    async fn run(page: &Secret, permit: Permit<policy::GenerateValue>, asked: Asked) -> Result<FormOutcome, PageError> {
        asked.run(page, permit).await
    }
}

impl FormAction<Secret> for GenerateAgain {
    const BUTTON: &'static str = "generate-again";
    const FIELDS: &'static [&'static str] = &[OVER, WHY, FORM_TOKEN];
    type Asks = policy::GenerateValue;
    type Input = Asked;

    fn read(form: &Form) -> Result<Asked, PageError> {
        Asked::read(form, None)
    }

    fn asks(page: &Secret, asked: &Asked) -> policy::GenerateValue {
        asked.question(page)
    }

    async fn run(page: &Secret, permit: Permit<policy::GenerateValue>, asked: Asked) -> Result<FormOutcome, PageError> {
        asked.run(page, permit).await
    }
}

pub(super) fn panel(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Generate::BUTTON);
    let wrong = [Generate::BUTTON, GenerateAgain::BUTTON]
        .into_iter()
        .find_map(|button| shown.turn.of(button).and_then(|turn| turn.error("").or_else(|| turn.error(WHY))));
    let again = uses.generator.as_ref().map(|kept| again(page, uses.version, kept));
    let keeps = turn.map_or(uses.generator.is_some(), |turn| turn.has(KEEP));
    let fields = generator::fields(turn, uses.generator.as_ref());
    let form = view! {
        <form method="post" action=page.href() data-enhance data-guard>
            {form_token::<Console>()}
            <input type="hidden" name=OVER value=uses.version autocomplete="off" />
            {fields}
            <fieldset class="choices">
                <legend>"Next time"</legend>
                {checkbox(KEEP, "Keep these settings with the secret", keeps)}
            </fieldset>
            {because_in_row("generate")}
            <div class="actions">
                <button name="action" value=Generate::BUTTON>"Generate"</button>
            </div>
        </form>
    };
    let inside = view! {
        {wrong.map(|message| view! { <p class="error" role="alert">{message}</p> })}
        <p>"The server makes a random value and stores it as the next version. Nobody sees it unless they reveal it."</p>
        {again}
        <details open=turn.is_some()>
            <summary>"Generate a value…"</summary>
            {form}
        </details>
    };
    view! { <Panel id="generate" title="Generate" part=true>{inside}</Panel> }
}

/// One button, if the settings are kept.
fn again(page: &Secret, version: i64, kept: &Generator) -> impl IntoView + use<> {
    view! {
        <form method="post" action=page.href() data-enhance data-guard>
            {form_token::<Console>()}
            <input type="hidden" name=OVER value=version autocomplete="off" />
            <p>{format!("Kept with this secret: {}.", in_words(kept))}</p>
            {because_in_row("generate by what is kept")}
            <div class="actions">
                <button class="primary" name="action" value=GenerateAgain::BUTTON>"Generate by the kept settings"</button>
            </div>
        </form>
    }
}
