//! Saves a new value as pending, beside the present one.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::FORM_TOKEN;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome};
use crate::secrets::add::{KIND, VALUE_FIELDS};
use crate::secrets::policy;
use crate::secrets::secret::rotate::NewValue;
use crate::secrets::secret::{OVER, Secret};
use crate::secrets::store::{PendingValue, SavePendingError};
use crate::secrets::versions::SecretVersions;
use crate::ui::time::Ago;
use doorward::{SecretId, Timestamp};
use leptos::prelude::*;

pub struct SavePending;

impl FormAction<Secret> for SavePending {
    const BUTTON: &'static str = "save-pending";
    const FIELDS: &'static [&'static str] = &[KIND, VALUE_FIELDS[0], VALUE_FIELDS[1], OVER, WHY, FORM_TOKEN];
    type Asks = policy::SavePending;
    type Input = NewValue;

    fn read(form: &Form) -> Result<NewValue, PageError> {
        NewValue::read(form)
    }

    fn asks_anyway(page: &Secret) -> Option<policy::SavePending> {
        Some(policy::SavePending { id: page.id, why: StatedReason::default() })
    }

    fn asks(page: &Secret, new: &NewValue) -> policy::SavePending {
        policy::SavePending { id: page.id, why: new.why.clone() }
    }

    async fn run(page: &Secret, permit: Permit<policy::SavePending>, new: NewValue) -> Result<FormOutcome, PageError> {
        let saved = request()?.backend.save_pending(permit, new.value, new.form.as_deref()).await;
        saved.map_err(|error| match error {
            SavePendingError::Value(error) => PageError::invalid(error.field, sentence(&error.reason)),
            SavePendingError::SentBefore => {
                PageError::invalid("", "This form was already sent, and the value was saved then.")
            }
            SavePendingError::Already => PageError::invalid(
                "",
                "Another value is pending. Promote or discard it first, under “Versions”. Nothing was saved.",
            ),
            SavePendingError::Store(error) => error.into(),
        })?;
        let said = "The value is saved and pending. Nobody gets it until it is promoted, under “Versions”.";
        Ok(FormOutcome::SeeOther(page.path(), Some(said)))
    }
}

/// Says that a value is pending, since when and by whom.
pub(super) fn notice(id: SecretId, pending: &PendingValue, now: Timestamp) -> impl IntoView + use<> {
    let by = pending.by.clone().map(|by| view! { ", saved by " <bdi>{by}</bdi> });
    view! {
        <p>
            "A new value is pending since " <Ago at=pending.saved now /> {by} ". "
            <a href=SecretVersions::of(id).href()>"Promote or discard it"</a>
        </p>
    }
}
