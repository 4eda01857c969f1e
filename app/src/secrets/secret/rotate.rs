//! Replaces the value of a secret.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::add::{KIND, VALUE_FIELDS, ValueField, enctype, read_given, value_fields};
use crate::secrets::consumers::{SecretConsumers, accounts};
use crate::secrets::policy;
use crate::secrets::secret::pending::{self, SavePending};
use crate::secrets::secret::value::{needs_factor, protected};
use crate::secrets::secret::{OVER, Secret, read_over};
use crate::secrets::store::{GivenValue, RotateError, SecretUses};
use crate::ui::{Because, Panel};
use leptos::prelude::*;

/// Stores a new value. The form has a token, so that sending it again adds no second version.
pub struct RotateValue;

/// The fields of the form.
pub struct NewValue {
    pub(super) value: GivenValue,
    pub(super) why: StatedReason,
    over: Option<i64>,
    pub(super) form: Option<String>,
}

impl NewValue {
    pub(super) fn read(form: &Form) -> Result<Self, PageError> {
        let (why, over) = (StatedReason::read(form)?, read_over(form)?);
        Ok(Self { value: read_given(form)?.1, why, over, form: read_form_token(form) })
    }
}

impl FormAction<Secret> for RotateValue {
    const BUTTON: &'static str = "rotate";
    const FIELDS: &'static [&'static str] = &[KIND, VALUE_FIELDS[0], VALUE_FIELDS[1], OVER, WHY, FORM_TOKEN];
    type Asks = policy::RotateSecret;
    type Input = NewValue;

    fn read(form: &Form) -> Result<NewValue, PageError> {
        NewValue::read(form)
    }

    fn asks_anyway(page: &Secret) -> Option<policy::RotateSecret> {
        Some(policy::RotateSecret { id: page.id, why: StatedReason::default() })
    }

    fn asks(page: &Secret, new: &NewValue) -> policy::RotateSecret {
        policy::RotateSecret { id: page.id, why: new.why.clone() }
    }

    async fn run(page: &Secret, permit: Permit<policy::RotateSecret>, new: NewValue) -> Result<FormOutcome, PageError> {
        let NewValue { value, over, form, .. } = new;
        let rotated = request()?.backend.rotate(permit, value, over, form.as_deref()).await;
        let version = rotated.map_err(|error| match error {
            RotateError::Value(error) => PageError::invalid(error.field, sentence(&error.reason)),
            RotateError::SentBefore => PageError::invalid(
                "",
                "This form was already sent, and the secret was rotated then. To rotate it again, enter a new value.",
            ),
            RotateError::Stale(change) => {
                let said =
                    format!("{} Nothing was saved. To replace that value, enter yours again.", change.in_words());
                PageError::invalid("", said)
            }
            RotateError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("Value changed; this is version {version}.")))
    }
}

pub(super) fn panel(page: &Secret, uses: &SecretUses, shown: &ViewContext) -> AnyView {
    if uses.needs_second_factor {
        return view! { <Panel id="rotate" title="Rotate" part=true>{needs_factor()}</Panel> }.into_any();
    }
    let turn = shown.turn.of(RotateValue::BUTTON).or_else(|| shown.turn.of(SavePending::BUTTON));
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let why = turn.map(|turn| turn.typed(WHY)).unwrap_or_default();
    let hint = format!("Replaces the value at once, for everyone who reads it, as version {}.", uses.version + 1);
    let consumers = SecretConsumers::of(page.id).href();
    let holders = uses.holders.map(|count| {
        let said = match count {
            0 => "No account has read the present value. ".to_owned(),
            1 => "1 account holds the present value. ".to_owned(),
            more => format!("{} hold the present value. ", accounts(more)),
        };
        view! { <p>{said} <a href=consumers>"See who would break"</a></p> }
    });
    // An island sends fields only, so a form with a file is sent by the browser itself.
    let enhance = enctype(uses.kind).is_none().then_some("");
    let pending = uses.pending.as_ref().map(|pending| pending::notice(page.id, pending, shown.now));
    let inside = view! {
            {protected(uses, None)}
            {pending}
            {holders}
            <form method="post" action=page.href() enctype=enctype(uses.kind) data-enhance=enhance data-guard>
                {form_token::<Console>()}
                <input type="hidden" name=OVER value=uses.version autocomplete="off" />
                {error("").map(|message| view! { <p class="error" role="alert">{message}</p> })}
                {value_fields(uses.kind, ValueField { label: "New value", hint }, turn)}
                <Because value=why error=error(WHY) />
                <div class="actions">
                    <button class="primary" name="action" value=RotateValue::BUTTON>"Rotate"</button>
                    <button name="action" value=SavePending::BUTTON>"Save as pending"</button>
                </div>
            </form>
    };
    view! {
        <Panel id="rotate" title="Rotate" part=true>{inside}</Panel>
    }
    .into_any()
}
