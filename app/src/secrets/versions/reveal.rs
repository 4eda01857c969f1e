//! Reveals one version.

use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::console::request;
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::secret::{HIDDEN_AGAIN, read_number};
use crate::secrets::versions::SecretVersions;
use crate::secrets::{Revealed, policy};
use crate::ui::{Panel, because_asked_in_row};
use leptos::prelude::*;

pub(super) fn no_such_version() -> PageError {
    PageError::invalid("version", "There is no such version.")
}

/// Reads the number of a version.
pub(super) fn read_version(form: &Form, field: &str) -> Result<i64, PageError> {
    read_number(form.text(field)).ok_or_else(no_such_version)
}

/// Reveals the version that the permit names.
pub(super) async fn reveal(permit: Permit<policy::RevealVersion>) -> Result<Revealed, PageError> {
    let (record, version) = (permit.record(), permit.action().version);
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    let value = request.backend.reveal_version(permit).await?;
    Ok(Revealed { value: value.expose().to_owned(), version, record })
}

/// Shows the value of one version on the page.
pub struct RevealOne;

impl RevealOne {
    pub(super) const SENT_BY: &'static str = "reveal";
}

impl FormAction<SecretVersions> for RevealOne {
    const BUTTON: &'static str = Self::SENT_BY;
    const FIELDS: &'static [&'static str] = &["version", WHY];
    type Asks = policy::RevealVersion;
    type Input = (i64, StatedReason);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_version(form, "version")?, StatedReason::read_asked(form)?))
    }

    fn asks(page: &SecretVersions, (version, why): &Self::Input) -> policy::RevealVersion {
        policy::RevealVersion { id: page.id, version: *version, why: why.clone() }
    }

    async fn run(
        page: &SecretVersions,
        permit: Permit<policy::RevealVersion>,
        _: Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let revealed = reveal(permit).await?;
        request()?.head.set(|head| head.leaves_for = Some(page.path()));
        Ok(FormOutcome::show(revealed))
    }
}

pub(super) fn button(page: &SecretVersions, version: i64, asks: bool) -> impl IntoView + use<> {
    let why = asks.then(|| because_asked_in_row(&format!("reveal version {version}")));
    view! {
        <form method="post" action=page.href()>
            <input type="hidden" name="version" value=version />
            {why}
            <button name="action" value=RevealOne::SENT_BY aria-label=format!("Reveal version {version}")>"Reveal"</button>
        </form>
    }
}

/// Renders the value that was revealed.
pub(super) fn panel(page: &SecretVersions, shown: &ViewContext) -> Option<impl IntoView + use<>> {
    let revealed = shown.turn.done::<Revealed>()?;
    let (grounds, record, value) = (shown.grounds, revealed.record, revealed.value.clone());
    let inside = view! {
        <div class="reveal" data-value-in-page>
            <output class="value" id="revealed" aria-labelledby="value-heading">{value}</output>
            <div class="actions">
                <CopyValue />
                <a class="button" href=page.href()>"Hide"</a>
                <small>{HIDDEN_AGAIN}</small>
            </div>
        </div>
        <Receipt grounds record />
    };
    Some(view! { <Panel id="value" title=format!("Value of version {}", revealed.version)>{inside}</Panel> })
}
