//! The fields that both forms for a delivery have, and the link that they lead to.

use crate::deliveries::delivery::Delivery;
use crate::deliveries::list::Deliveries;
use crate::deliveries::policy::Recipient;
use crate::deliveries::store::{DeliverError, DeliveryChoices, Made};
use crate::identities::choices::choices;
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormResult};
use crate::ui::time::Until;
use crate::ui::{Choice, Field, Panel, Select};
use doorward::{TimeSpan, Timestamp};
use leptos::prelude::*;

/// The choices for how long a delivery waits.
const LASTS: [(&str, &str, TimeSpan); 4] = [
    ("1h", "1 hour", TimeSpan::hours(1)),
    ("1d", "1 day", TimeSpan::hours(24)),
    ("3d", "3 days", TimeSpan::hours(3 * 24)),
    ("7d", "7 days", TimeSpan::hours(7 * 24)),
];

const PERSON: &str = "person";
const ANYONE: &str = "anyone";

/// Reads for whom a delivery is, and how long it waits.
pub(super) fn read(form: &Form) -> Result<(Recipient, TimeSpan), PageError> {
    let name = form.text("with").to_lowercase();
    let to = match form.text("whom") {
        ANYONE if name.is_empty() => Recipient::Anyone,
        ANYONE => return Err(PageError::invalid("with", "A link for anybody names nobody: leave this field empty.")),
        PERSON if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) => {
            return Err(PageError::invalid("with", "Give the sign-in name of whom it is for."));
        }
        PERSON => Recipient::Person(name),
        _ => return Err(PageError::invalid("whom", "Choose one of these.")),
    };
    let chosen = LASTS.into_iter().find(|(value, _, _)| *value == form.text("lasts"));
    let (_, _, lasts) = chosen.ok_or_else(|| PageError::invalid("lasts", "Choose one of these."))?;
    Ok((to, lasts))
}

/// Returns what a form says if its delivery was not made.
pub(super) fn not_made(error: DeliverError, to: &Recipient) -> PageError {
    match error {
        DeliverError::Nobody => {
            let name = if let Recipient::Person(name) = to { name.as_str() } else { "" };
            PageError::invalid("with", format!("Nobody who can sign in has the sign-in name “{name}”."))
        }
        DeliverError::SentBefore => PageError::invalid(
            "",
            "This form was already sent, and the delivery was made then. It is in the list of your deliveries.",
        ),
        DeliverError::File => PageError::invalid("", "A file cannot be delivered. Share the secret instead."),
        DeliverError::Store(error) => error.into(),
    }
}

/// The fields, for a form that has an error beside some of them.
pub(super) fn fields(choices_of: &DeliveryChoices, turn: &FormResult) -> impl IntoView + use<> {
    let mut whom = vec![Choice::new(PERSON, "One person, who has to sign in")];
    if choices_of.may_anyone {
        whom.push(Choice::new(ANYONE, "Anybody who has the link"));
    }
    let typed = |field: &str, usual: &str| match turn.typed(field) {
        text if text.is_empty() => usual.to_owned(),
        text => text,
    };
    let spans = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    view! {
        <Select name="whom" label="For" choices=whom chosen=typed("whom", PERSON) error=turn.error("whom") />
        <Field
            name="with"
            label="Sign-in name"
            value=turn.typed("with")
            required=false
            autofocus=turn.error("with").is_some()
            error=turn.error("with")
            hint=Some("The link does nothing for anybody else. Leave it empty for a link that works for anybody.")
            suggestions=choices(&choices_of.people)
        />
        <Select
            name="lasts"
            label="Waits"
            choices=spans
            chosen=typed("lasts", LASTS[1].0)
            hint=Some("After that, the value is deleted unopened.")
            error=turn.error("lasts")
        />
    }
}

/// The link of a new delivery.
pub(super) fn made(made: &Made, now: Timestamp) -> impl IntoView + use<> {
    let link = made.link.expose().to_owned();
    let (id, ends) = (made.id, made.ends);
    let whom = match made.recipient_name.clone() {
        Some(name) => view! {
            <p>
                "Only " <bdi>{name}</bdi>
                " can open it, once, after signing in. They were told in their inbox; you may also send them this link."
            </p>
        }
        .into_any(),
        None => view! {
            <p>
                "Whoever opens this link first gets the value, so send it in a way that only the right person reads. "
                "It works once and is not shown again."
            </p>
        }
        .into_any(),
    };
    let inside = view! {
        {whom}
        <div class="reveal">
            <output class="value" id="revealed" aria-labelledby="link-heading">{link}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=Delivery { id }.href()>"See its state"</a>
                <a class="button" href=Deliveries::default().href()>"All deliveries"</a>
                <small>"Ends in " <Until at=ends now /></small>
            </div>
        </div>
    };
    view! { <Panel id="link" title="The link">{inside}</Panel> }
}
