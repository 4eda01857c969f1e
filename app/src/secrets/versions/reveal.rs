//! Reveals one version.

use crate::backend::Permit;
use crate::console::receipt::Receipt;
use crate::console::request;
use crate::islands::CopyValue;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::secret::{HIDDEN_AGAIN, outcome};
use crate::secrets::store::{NO_VERSION, OpenedValue, SecretKind, VersionLabel, VersionList};
use crate::secrets::versions::SecretVersions;
use crate::secrets::{Revealed, policy};
use crate::ui::{Panel, because_asked_in_row};
use doorward::RecordId;
use leptos::prelude::*;

pub(super) fn no_such_version() -> PageError {
    PageError::invalid("version", "There is no such version.")
}

/// Reads the number of a version, or its label.
pub(super) fn read_version(form: &Form, field: &str) -> Result<VersionLabel, PageError> {
    VersionLabel::parse(form.text(field)).ok_or_else(no_such_version)
}

/// Reveals the version that the permit names. Returns its number too.
pub(super) async fn reveal(permit: Permit<policy::RevealVersion>) -> Result<(OpenedValue, i64, RecordId), PageError> {
    let record = permit.record();
    let request = request()?;
    request.head.set(|head| head.reveals = true);
    let (opened, version) = request.backend.reveal_version(permit).await?;
    Ok((opened, version, record))
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
    type Input = (VersionLabel, StatedReason);

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
        let (opened, version, record) = reveal(permit).await?;
        outcome(opened, version, record, page.path())
    }
}

pub(super) fn button(page: &SecretVersions, list: &VersionList, version: VersionLabel) -> impl IntoView + use<> {
    let (word, verb) = if list.kind == SecretKind::File { ("Download", "download") } else { ("Reveal", "reveal") };
    let which = match version {
        VersionLabel::Pending => "the pending value".to_owned(),
        version => format!("version {version}"),
    };
    let why = list.asks_reason.then(|| because_asked_in_row(&format!("{verb} {which}")));
    view! {
        <form method="post" action=page.href()>
            <input type="hidden" name="version" value=version.to_string() />
            {why}
            <button name="action" value=RevealOne::SENT_BY aria-label=format!("{word} {which}")>{word}</button>
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
    let title = match revealed.version {
        NO_VERSION => "The pending value".to_owned(),
        version => format!("Value of version {version}"),
    };
    Some(view! { <Panel id="value" title>{inside}</Panel> })
}
