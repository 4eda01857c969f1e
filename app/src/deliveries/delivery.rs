//! One delivery: its recipient opens it, its sender sees what became of it.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::deliveries::list::{Deliveries, state_of};
use crate::deliveries::store::{Delivered, DeliveryRow, DeliveryState, TakeError};
use crate::deliveries::{delivered, policy};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, Page, ViewContext, addresses};
use crate::ui::time::{Ago, Until};
use crate::ui::{PageHeader, Panel, because_asked, environment_mark};
use doorward::{DeliveryId, IdentityId};
use leptos::prelude::*;

addresses! {
    Delivery { id: DeliveryId }
}

impl Page for Delivery {
    type Opens = policy::ReadDelivery;
    /// The delivery, and who looks at it.
    type Data = (DeliveryRow, IdentityId);
    type Within = Console;
    type Actions = (Take, Cancel);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::ReadDelivery {
        policy::ReadDelivery { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadDelivery>) -> Result<(DeliveryRow, IdentityId), PageError> {
        let who = permit.principal().identity;
        Ok((request()?.backend.delivery(permit).await?, who))
    }

    fn title(&self, (delivery, _): &(DeliveryRow, IdentityId)) -> String {
        delivery.label.clone()
    }

    fn view(&self, (delivery, who): (DeliveryRow, IdentityId), shown: &ViewContext) -> AnyView {
        if let Some(value) = shown.turn.done::<Delivered>() {
            return view! {
                <PageHeader title="Opened" />
                <div class="panels">{delivered::value(value)}</div>
            }
            .into_any();
        }
        let wrong = shown.turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> });
        let inside = if delivery.sender == who {
            as_sender(&delivery, shown).into_any()
        } else {
            as_recipient(&delivery, shown).into_any()
        };
        view! {
            <PageHeader title=delivery.label.clone() />
            {wrong}
            <div class="panels">
                <Panel id="delivery" title="Delivery">{inside}</Panel>
            </div>
        }
        .into_any()
    }
}

fn not_waiting(error: TakeError) -> PageError {
    match error {
        TakeError::NotWaiting(state) => PageError::invalid("", delivered::why_not(state)),
        TakeError::Store(error) => error.into(),
    }
}

/// Opens it. The form has a token: the same form, sent again, is no second try.
pub struct Take;

impl FormAction<Delivery> for Take {
    const BUTTON: &'static str = "open";
    const FIELDS: &'static [&'static str] = &[WHY, FORM_TOKEN];
    type Asks = policy::TakeDelivery;
    type Input = (StatedReason, Option<String>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((StatedReason::read_asked(form)?, read_form_token(form)))
    }

    fn asks(page: &Delivery, (why, _): &Self::Input) -> policy::TakeDelivery {
        policy::TakeDelivery { id: page.id, why: why.clone() }
    }

    async fn run(
        _: &Delivery,
        permit: Permit<policy::TakeDelivery>,
        (_, form): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let request = request()?;
        request.head.set(|head| head.reveals = true);
        let value = request.backend.take_delivery(permit, &request.asked.place, form.as_deref()).await;
        let value = value.map_err(not_waiting)?;
        Ok(FormOutcome::show(value))
    }
}

/// Takes it back.
pub struct Cancel;

impl FormAction<Delivery> for Cancel {
    const BUTTON: &'static str = "cancel";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::CancelDelivery;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &Delivery, (): &()) -> policy::CancelDelivery {
        policy::CancelDelivery { id: page.id }
    }

    async fn run(_: &Delivery, permit: Permit<policy::CancelDelivery>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.cancel_delivery(permit).await.map_err(|error| match error {
            TakeError::NotWaiting(_) => {
                PageError::invalid("", "It is not waiting any more, so there is nothing to cancel.")
            }
            TakeError::Store(error) => error.into(),
        })?;
        Ok(FormOutcome::SeeOther(
            Deliveries::default().path(),
            Some("Cancelled. The value is deleted, and the link opens nothing."),
        ))
    }
}

fn facts(delivery: &DeliveryRow, shown: &ViewContext) -> impl IntoView + use<> {
    let whom = delivery.recipient_name.clone().unwrap_or_else(|| "anybody with the link".to_owned());
    let version = delivery.version.map(|version| view! { <div><dt>"Version"</dt><dd>{version}</dd></div> });
    view! {
        <dl class="across">
            <div><dt>"From"</dt><dd><bdi>{delivery.sender_name.clone()}</bdi></dd></div>
            <div><dt>"For"</dt><dd><bdi>{whom}</bdi></dd></div>
            <div><dt>"Environment"</dt><dd>{environment_mark(&delivery.environment, delivery.protected)}</dd></div>
            {version}
            <div><dt>"Made"</dt><dd><Ago at=delivery.made now=shown.now /></dd></div>
            <div><dt>"State"</dt><dd>{state_of(delivery, shown.now)}</dd></div>
        </dl>
    }
}

fn as_recipient(delivery: &DeliveryRow, shown: &ViewContext) -> impl IntoView + use<> {
    let rest = if delivery.state == DeliveryState::Waiting {
        let posted = shown.turn.of(Take::BUTTON);
        let typed = posted.map(|turn| turn.typed(WHY)).unwrap_or_default();
        let wrong = posted.and_then(|turn| turn.error(WHY));
        view! {
            <p>
                "You can open it once, within " <Until at=delivery.ends now=shown.now />
                ". The value is shown then and deleted here. Opening it is recorded, and the sender is told."
            </p>
            <form method="post" action=Delivery { id: delivery.id }.href()>
                {form_token::<Console>()}
                {delivery.asks_reason.then(|| because_asked(WHY, typed, wrong))}
                <div class="actions">
                    <button class="primary" name="action" value=Take::BUTTON>"Open"</button>
                </div>
            </form>
        }
        .into_any()
    } else {
        view! { <p>{delivered::why_not(delivery.state)}</p> }.into_any()
    };
    view! {
        {facts(delivery, shown)}
        {rest}
    }
}

fn as_sender(delivery: &DeliveryRow, shown: &ViewContext) -> impl IntoView + use<> {
    let cancel = (delivery.state == DeliveryState::Waiting).then(|| cancel_form(delivery));
    view! {
        {facts(delivery, shown)}
        {cancel}
    }
}

/// The button that takes a delivery back.
pub(super) fn cancel_form(delivery: &DeliveryRow) -> impl IntoView + use<> {
    let said = format!("Cancel the delivery of {}", delivery.label);
    view! {
        <form method="post" action=Delivery { id: delivery.id }.href()>
            <button class="danger" name="action" value=Cancel::BUTTON aria-label=said>"Cancel delivery"</button>
        </form>
    }
}
