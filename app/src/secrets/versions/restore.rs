//! Brings an older version back, without showing it.

use crate::backend::{Permit, StoreError};
use crate::console::{Console, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome};
use crate::secrets::policy;
use crate::secrets::secret::{OVER, read_number, read_over};
use crate::secrets::store::{RestoreError, VersionList};
use crate::secrets::versions::SecretVersions;
use crate::secrets::versions::reveal::no_such_version;
use crate::ui::{Panel, because_in_row};
use leptos::prelude::*;

/// Makes a new version with the value of an older one.
pub struct Restore;

impl Restore {
    pub(super) const SENT_BY: &'static str = "restore";
}

/// The fields of the form.
pub struct Chosen {
    version: i64,
    why: StatedReason,
    over: Option<i64>,
    form: Option<String>,
}

impl FormAction<SecretVersions> for Restore {
    const BUTTON: &'static str = Self::SENT_BY;
    const FIELDS: &'static [&'static str] = &["version", OVER, WHY, FORM_TOKEN];
    type Asks = policy::RestoreVersion;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        let version = read_number(form.text("version")).ok_or_else(no_such_version)?;
        let over = read_over(form)?;
        Ok(Chosen { version, why: StatedReason::read(form)?, over, form: read_form_token(form) })
    }

    fn asks(page: &SecretVersions, chosen: &Chosen) -> policy::RestoreVersion {
        policy::RestoreVersion { id: page.id, version: chosen.version, why: chosen.why.clone() }
    }

    async fn run(
        page: &SecretVersions,
        permit: Permit<policy::RestoreVersion>,
        chosen: Chosen,
    ) -> Result<FormOutcome, PageError> {
        let Chosen { version, over, form, .. } = chosen;
        let restored = request()?.backend.restore(permit, over, form.as_deref()).await;
        let made = restored.map_err(|error| match error {
            RestoreError::NoSuchVersion => no_such_version(),
            RestoreError::Current => PageError::invalid("version", format!("Version {version} is the current one.")),
            RestoreError::SentBefore => {
                PageError::invalid("version", "This form was already sent, and the version was restored then.")
            }
            RestoreError::Stale(change) => {
                PageError::invalid("version", format!("{} Nothing was restored.", change.in_words()))
            }
            RestoreError::Store(StoreError::Damaged { version }) => {
                let said =
                    format!("Version {version} is damaged and cannot be restored. Tell whoever runs this server.");
                PageError::invalid("version", said)
            }
            RestoreError::Store(error) => error.into(),
        })?;
        let said = format!("Version {version} is restored; its value is now version {made}.");
        Ok(FormOutcome::SeeOtherSaying(SecretVersions::of(page.id).path(), said))
    }
}

pub(super) fn button(page: &SecretVersions, current: i64, version: i64) -> impl IntoView + use<> {
    view! {
        <form method="post" action=page.href() data-enhance="onward">
            {form_token::<Console>()}
            <input type="hidden" name="version" value=version />
            <input type="hidden" name=OVER value=current autocomplete="off" />
            <button name="action" value=Restore::SENT_BY aria-label=format!("Restore version {version}")>"Restore"</button>
            {because_in_row(&format!("restore version {version}"))}
        </form>
    }
}

/// Renders the button that brings the previous version back.
pub(super) fn roll_back(page: &SecretVersions, list: &VersionList) -> Option<impl IntoView + use<>> {
    let previous = list.current - 1;
    (list.may_restore && previous > 0).then(|| {
        let inside = view! {
            <p>{format!("Makes the value of version {previous} the current one again, as version {}.", list.current + 1)}</p>
            <form method="post" action=page.href() data-enhance="onward">
                {form_token::<Console>()}
                <input type="hidden" name="version" value=previous />
                <input type="hidden" name=OVER value=list.current autocomplete="off" />
                <button name="action" value=Restore::SENT_BY>{format!("Roll back to version {previous}")}</button>
                {because_in_row(&format!("roll back to version {previous}"))}
            </form>
        };
        view! { <Panel id="roll-back" title="Roll back">{inside}</Panel> }
    })
}
