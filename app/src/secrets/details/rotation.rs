//! Sets after how many days a secret is due for a new value.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::details::EditSecret;
use crate::secrets::policy;
use crate::secrets::secret::{OVER, read_number, read_over};
use crate::secrets::store::{EditError, LONGEST_PERIOD, SecretDetails};
use crate::ui::{Field, Panel};
use leptos::prelude::*;

const DAYS: &str = "days";

pub struct SetRotation;

/// The fields of the form.
pub struct Period {
    days: Option<i64>,
    over: Option<i64>,
}

impl FormAction<EditSecret> for SetRotation {
    const BUTTON: &'static str = "set-rotation";
    const FIELDS: &'static [&'static str] = &[DAYS, OVER];
    type Asks = policy::SetRotation;
    type Input = Period;

    fn read(form: &Form) -> Result<Period, PageError> {
        let invalid = || PageError::invalid(DAYS, "Enter a number of days from 1 to 3650, or nothing.");
        let days = match form.text(DAYS) {
            "" => None,
            text => Some(read_number(text).filter(|days| *days <= LONGEST_PERIOD).ok_or_else(invalid)?),
        };
        Ok(Period { days, over: read_over(form)? })
    }

    fn asks_anyway(page: &EditSecret) -> Option<policy::SetRotation> {
        Some(policy::SetRotation { id: page.id, days: None })
    }

    fn asks(page: &EditSecret, period: &Period) -> policy::SetRotation {
        policy::SetRotation { id: page.id, days: period.days }
    }

    async fn run(
        page: &EditSecret,
        permit: Permit<policy::SetRotation>,
        period: Period,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.set_rotation(permit, period.over).await.map_err(|error| match error {
            EditError::Stale(change) => {
                let said =
                    format!("{} Nothing was saved. To set it anyway, press the button again.", change.in_words());
                PageError::invalid(DAYS, said)
            }
            EditError::Store(error) => error.into(),
        })?;
        let said =
            if period.days.is_some() { "The rotation period is set." } else { "There is no rotation period now." };
        Ok(FormOutcome::SeeOther(page.path(), Some(said)))
    }
}

pub(super) fn panel(page: &EditSecret, details: &SecretDetails, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(SetRotation::BUTTON);
    let error = turn.and_then(|turn| turn.error(DAYS));
    let stored = details.rotation.days.map(|days| days.to_string()).unwrap_or_default();
    let value = turn.map_or(stored, |turn| turn.typed(DAYS));
    let inside = view! {
        <form method="post" action=page.href() data-enhance data-guard>
            <input type="hidden" name=OVER value=details.revision autocomplete="off" />
            <Field
                name=DAYS
                label="Days until it is due for a new value"
                value
                required=false
                maxlength=Some(4)
                hint=Some("From the last rotation. Empty for no period. The owner is told when it becomes due, and when it is overdue.")
                autofocus=error.is_some()
                error
            />
            <div class="actions">
                <button name="action" value=SetRotation::BUTTON>"Set the period"</button>
            </div>
        </form>
    };
    view! { <Panel id="rotation" title="Rotation" part=true>{inside}</Panel> }
}
