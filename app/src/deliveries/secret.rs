//! Delivers the present value of a secret.

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::{Console, request};
use crate::deliveries::form;
use crate::deliveries::policy::{self, Recipient};
use crate::deliveries::store::{DeliveryChoices, Made};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, ViewContext, addresses};
use crate::secrets::secret::Secret;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::ui::{Panel, because_asked};
use doorward::{Reason, SecretId, TimeSpan};
use leptos::prelude::*;

addresses! {
    DeliverSecret { id: SecretId }
}

impl Page for DeliverSecret {
    type Opens = policy::AskToDeliverSecret;
    type Data = DeliveryChoices;
    type Within = SecretSection;
    type Actions = (Deliver,);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::AskToDeliverSecret {
        policy::AskToDeliverSecret { id: self.id }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::AskToDeliverSecret>) -> Result<DeliveryChoices, PageError> {
        Ok(request()?.backend.secret_delivery_choices(permit).await?)
    }

    fn title(&self, _: &DeliveryChoices) -> String {
        "Deliver once".to_owned()
    }

    fn view(&self, choices: DeliveryChoices, shown: &ViewContext) -> AnyView {
        match shown.turn.done::<Made>() {
            Some(made) => view! { <div class="panels">{form::made(made, shown.now)}</div> }.into_any(),
            None => view(self, &choices, &shown.turn).into_any(),
        }
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

/// Wraps the value. The form has a token, so that sending it again makes no second delivery.
pub struct Deliver;

/// The fields of the form.
pub struct NewDelivery {
    to: Recipient,
    lasts: TimeSpan,
    why: StatedReason,
    form: Option<String>,
}

impl FormAction<DeliverSecret> for Deliver {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["whom", "with", "lasts", WHY, FORM_TOKEN];
    type Asks = policy::DeliverSecret;
    type Input = NewDelivery;

    fn read(form: &Form) -> Result<NewDelivery, PageError> {
        let (to, lasts) = form::read(form)?;
        Ok(NewDelivery { to, lasts, why: StatedReason::read_asked(form)?, form: read_form_token(form) })
    }

    fn asks(page: &DeliverSecret, new: &NewDelivery) -> policy::DeliverSecret {
        policy::DeliverSecret { id: page.id, to: new.to.clone(), lasts: new.lasts, why: new.why.clone() }
    }

    async fn run(
        _: &DeliverSecret,
        permit: Permit<policy::DeliverSecret>,
        new: NewDelivery,
    ) -> Result<FormOutcome, PageError> {
        let made = request()?.backend.deliver_secret(permit, new.form.as_deref()).await;
        made.map(FormOutcome::show).map_err(|error| form::not_made(error, &new.to))
    }

    fn refused(_: &DeliverSecret, _: &NewDelivery, refusal: PageError) -> Result<FormOutcome, PageError> {
        // Whoever is refused for that alone may deliver, so the form is there to say so.
        let to_oneself = request()?.refused.get().is_some_and(|refused| refused.reason == Reason::SamePerson);
        Err(if to_oneself { PageError::invalid("with", "You have this value already.") } else { refusal })
    }
}

fn view(page: &DeliverSecret, choices: &DeliveryChoices, turn: &FormResult) -> impl IntoView + use<> {
    let back = Secret { id: page.id }.href();
    let inside = view! {
        {turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <p>
            "The present value is wrapped now. It can be opened once, also if the secret is renamed or rotated meanwhile, "
            "and not if you lose your access to it meanwhile."
        </p>
        <form method="post" action=page.href() data-guard>
            {form_token::<Console>()}
            {form::fields(choices, turn)}
            {choices.asks_reason.then(|| because_asked(WHY, turn.typed(WHY), turn.error(WHY)))}
            <div class="actions">
                <button class="primary">"Deliver"</button>
                <a class="button" href=back>"Cancel"</a>
            </div>
        </form>
    };
    view! {
        <div class="panels">
            <Panel id="deliver" title="Deliver once">{inside}</Panel>
        </div>
    }
}
