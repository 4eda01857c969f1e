//! Delivers a value that is typed in.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::deliveries::list::Deliveries;
use crate::deliveries::policy::{self, Recipient};
use crate::deliveries::store::{DeliveryChoices, LONGEST_LABEL, Made};
use crate::deliveries::{form, store};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::secrets::secret::{MOST_BYTES, read_value};
use crate::ui::{Choice, Field, PageHeader, Panel, Select, TextArea};
use doorward::{Environment, Reason, Refusal, RefusalKind, SecretText, TimeSpan};
use leptos::prelude::*;

addresses! {
    AddDelivery {}
}

impl Page for AddDelivery {
    type Opens = policy::AskToDeliver;
    type Data = DeliveryChoices;
    type Within = Console;
    type Actions = (Add,);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::AskToDeliver {
        policy::AskToDeliver
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::AskToDeliver>) -> Result<DeliveryChoices, PageError> {
        Ok(request()?.backend.delivery_choices(permit).await?)
    }

    fn title(&self, _: &DeliveryChoices) -> String {
        "Deliver a value".to_owned()
    }

    fn view(&self, choices: DeliveryChoices, shown: &ViewContext) -> AnyView {
        match shown.turn.done::<Made>() {
            Some(made) => view! {
                <PageHeader title="The value waits" />
                <div class="panels">{form::made(made, shown.now)}</div>
            }
            .into_any(),
            None => view(&choices, &shown.turn).into_any(),
        }
    }
}

/// Wraps the value. The form has a token, so that sending it again makes no second delivery.
pub struct Add;

/// The fields of the form.
pub struct NewDelivery {
    environment: Environment,
    label: String,
    to: Recipient,
    lasts: TimeSpan,
    value: SecretText,
    form: Option<String>,
}

fn read_label(form: &Form) -> Result<String, PageError> {
    let label = form.required("label")?;
    if label.chars().count() > store::LONGEST_LABEL || label.chars().any(char::is_control) {
        return Err(PageError::invalid("label", "Enter one line of at most 80 characters."));
    }
    Ok(label.to_owned())
}

impl FormAction<AddDelivery> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["environment", "label", "value", "whom", "with", "lasts", FORM_TOKEN];
    type Asks = policy::AddDelivery;
    type Input = NewDelivery;

    fn read(form: &Form) -> Result<NewDelivery, PageError> {
        let environment = Environment::parse(form.text("environment"));
        let (to, lasts) = form::read(form)?;
        Ok(NewDelivery {
            environment: environment.map_err(|_| PageError::invalid("environment", "Choose an environment."))?,
            label: read_label(form)?,
            to,
            lasts,
            value: read_value(form)?,
            form: read_form_token(form),
        })
    }

    fn asks(_: &AddDelivery, new: &NewDelivery) -> policy::AddDelivery {
        let NewDelivery { environment, label, to, lasts, .. } = new;
        policy::AddDelivery { environment: environment.clone(), label: label.clone(), to: to.clone(), lasts: *lasts }
    }

    async fn run(
        _: &AddDelivery,
        permit: Permit<policy::AddDelivery>,
        new: NewDelivery,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.deliver(permit, new.value, new.form.as_deref()).await;
        made.map(FormOutcome::show).map_err(|error| form::not_made(error, &new.to))
    }

    /// Somebody who sees the form may deliver somewhere, so a refusal is about what was chosen.
    fn refused(_: &AddDelivery, new: &NewDelivery, refusal: PageError) -> Result<FormOutcome, PageError> {
        match refusal {
            PageError::Refused(Refusal { answer: RefusalKind::Forbidden | RefusalKind::NotFound, .. }) => {
                let reason = request()?.refused.get().map(|refused| refused.reason);
                Err(match (reason, &new.to) {
                    (Some(Reason::SamePerson), _) => PageError::invalid("with", "You have this value already."),
                    (_, Recipient::Anyone) => PageError::invalid(
                        "environment",
                        "You cannot make a link for anybody with a value of this environment.",
                    ),
                    _ => PageError::invalid("environment", "You cannot deliver a value of this environment."),
                })
            }
            other => Err(other),
        }
    }
}

fn view(choices: &DeliveryChoices, turn: &FormResult) -> impl IntoView + use<> {
    let environments = choices.environments.iter().map(|name| Choice::plain(name.as_str())).collect();
    let most = u32::try_from(LONGEST_LABEL).ok();
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=AddDelivery {}.href() data-guard>
            {form_token::<Console>()}
            <Select
                name="environment"
                label="Environment"
                choices=environments
                chosen=turn.typed("environment")
                error=turn.error("environment")
                hint=Some("Its rules decide who can send, and whether the recipient has to confirm or give a reason.")
            />
            <Field
                name="label"
                label="What it is"
                value=turn.typed("label")
                error=turn.error("label")
                maxlength=most
                hint=Some("Shown to the recipient, and kept in the record. Not the value itself.")
                autofocus=turn.error("value").is_none()
            />
            <TextArea
                name="value"
                label="Value"
                error=turn.error("value")
                hint=Some("Encrypted before it is stored, and deleted when it is opened.".to_owned())
                most_bytes=Some(MOST_BYTES)
            />
            {form::fields(choices, turn)}
            <div class="actions">
                <button class="primary">"Deliver"</button>
                <a class="button" href=Deliveries::default().href()>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <PageHeader title="Deliver a value" intro=Some("It can be opened once. Nothing of it is kept afterwards.") />
        <div class="panels">
            <Panel id="add" title="The value">{inside}</Panel>
        </div>
    }
}
