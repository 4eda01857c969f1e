//! Reveals one version.

use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::console::request;
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::secret::{HIDDEN_AGAIN, outcome, read_number};
use crate::secrets::store::{OpenedValue, SecretKind, VersionList};
use crate::secrets::versions::SecretVersions;
use crate::secrets::{Revealed, policy};
use crate::ui::{Panel, because_asked_in_row};
use doorward::RecordId;
use leptos::prelude::*;

pub(super) fn no_such_version() -> PageError {
    PageError::invalid("version", "There is no such version.")
}

/// Reads the number of a version.
pub(super) fn read_version(form: &Form, field: &str) -> Result<i64, PageError> {
    read_number(form.text(field)).ok_or_else(no_such_version)
}

/// Reveals the version that the permit names.
pub(super) async fn reveal(permit: Permit<policy::RevealVersion>) -> Result<(OpenedValue, RecordId), PageError> {
    let record = permit.record();
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    Ok((request.backend.reveal_version(permit).await?, record))
}

/// Shows the value of one version on the page. A file is downloaded.
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
        let version = permit.action().version;
        let (opened, record) = reveal(permit).await?;
        outcome(opened, version, record, page.path())
    }
}

pub(super) fn button(page: &SecretVersions, list: &VersionList, version: i64) -> impl IntoView + use<> {
    let (word, verb) = if list.kind == SecretKind::File { ("Download", "download") } else { ("Reveal", "reveal") };
    let why = list.asks_reason.then(|| because_asked_in_row(&format!("{verb} version {version}")));
    view! {
        <form method="post" action=page.href()>
            <input type="hidden" name="version" value=version />
            {why}
            <button name="action" value=RevealOne::SENT_BY aria-label=format!("{word} version {version}")>{word}</button>
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
