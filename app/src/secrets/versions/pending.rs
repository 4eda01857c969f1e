//! The pending value: promote it, or discard it.

use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome};
use crate::secrets::policy;
use crate::secrets::secret::{OVER, read_number, read_over};
use crate::secrets::store::{PendingValue, PromoteError, VersionLabel, VersionList};
use crate::secrets::versions::{SecretVersions, reveal};
use crate::ui::time::Ago;
use crate::ui::{Panel, because_in_row};
use doorward::Timestamp;
use leptos::prelude::*;

/// Which pending value a form is about.
const SAVED: &str = "saved";

fn read_saved(form: &Form) -> Result<Timestamp, PageError> {
    let saved = read_number(form.text(SAVED)).map(Timestamp);
    saved.ok_or_else(|| PageError::invalid("", "Open the page again."))
}

fn not_done(error: PromoteError) -> PageError {
    match error {
        PromoteError::NotPending => {
            PageError::invalid("", "This value is not pending any more: somebody has promoted or discarded it.")
        }
        PromoteError::Stale(change) => PageError::invalid("", format!("{} Nothing was promoted.", change.in_words())),
        PromoteError::Store(error) => error.into(),
    }
}

pub struct Promote;

/// The fields of the form.
pub struct Chosen {
    saved: Timestamp,
    why: StatedReason,
    over: Option<i64>,
}

impl Promote {
    pub(super) const SENT_BY: &'static str = "promote";
}

impl FormAction<SecretVersions> for Promote {
    const BUTTON: &'static str = Self::SENT_BY;
    const FIELDS: &'static [&'static str] = &[SAVED, OVER, WHY];
    type Asks = policy::PromotePending;
    type Input = Chosen;

    fn read(form: &Form) -> Result<Chosen, PageError> {
        Ok(Chosen { saved: read_saved(form)?, why: StatedReason::read(form)?, over: read_over(form)? })
    }

    fn asks(page: &SecretVersions, chosen: &Chosen) -> policy::PromotePending {
        policy::PromotePending { id: page.id, saved: chosen.saved, why: chosen.why.clone() }
    }

    async fn run(
        page: &SecretVersions,
        permit: Permit<policy::PromotePending>,
        chosen: Chosen,
    ) -> Result<FormOutcome, PageError> {
        let version = request()?.backend.promote(permit, chosen.over).await.map_err(not_done)?;
        let said = format!("The pending value is promoted; it is version {version} now, and the current one.");
        Ok(FormOutcome::SeeOtherSaying(SecretVersions::of(page.id).path(), said))
    }
}

pub struct Discard;

impl Discard {
    pub(super) const SENT_BY: &'static str = "discard";
}

impl FormAction<SecretVersions> for Discard {
    const BUTTON: &'static str = Self::SENT_BY;
    const FIELDS: &'static [&'static str] = &[SAVED, OVER, WHY];
    type Asks = policy::DiscardPending;
    type Input = (Timestamp, StatedReason);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_saved(form)?, StatedReason::read(form)?))
    }

    fn asks(page: &SecretVersions, (saved, why): &Self::Input) -> policy::DiscardPending {
        policy::DiscardPending { id: page.id, saved: *saved, why: why.clone() }
    }

    async fn run(
        page: &SecretVersions,
        permit: Permit<policy::DiscardPending>,
        _: Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.discard_pending(permit).await.map_err(not_done)?;
        let said = "The pending value is discarded. The current one is as it was.";
        Ok(FormOutcome::SeeOther(SecretVersions::of(page.id).path(), Some(said)))
    }
}

pub(super) fn panel(
    page: &SecretVersions,
    list: &VersionList,
    pending: &PendingValue,
    now: Timestamp,
) -> impl IntoView + use<> {
    let by = pending.by.clone().unwrap_or_else(|| "somebody who was deleted".to_owned());
    let reason = pending.reason.clone();
    let reason = (!reason.is_empty()).then(|| view! { <dt>"Reason"</dt><dd><bdi>{reason}</bdi></dd> });
    let file_name = pending.file_name.clone();
    let file_name = file_name.map(|name| view! { <dt>"File name"</dt><dd><bdi>{name}</bdi></dd> });
    let bytes = pending.bytes.map(|bytes| view! { <dt>"Bytes"</dt><dd>{bytes}</dd> });
    let reveal = list.may_reveal.then(|| reveal::button(page, list, VersionLabel::Pending));
    let compared = (Some(VersionLabel::Current), Some(VersionLabel::Pending));
    let compare = SecretVersions { left: compared.0, right: compared.1, ..SecretVersions::of(page.id) }.href();
    let change = list.may_restore.then(|| {
        let next = list.current + 1;
        view! {
            <form method="post" action=SecretVersions::of(page.id).href() data-enhance="onward">
                <input type="hidden" name=SAVED value=pending.saved.0 autocomplete="off" />
                <input type="hidden" name=OVER value=list.current autocomplete="off" />
                <button class="primary" name="action" value=Promote::SENT_BY>
                    {format!("Promote to version {next}")}
                </button>
                " "
                <button name="action" value=Discard::SENT_BY>"Discard"</button>
                {because_in_row("promote or discard the pending value")}
            </form>
        }
    });
    let inside = view! {
        <p>"Nobody gets this value until it is promoted."</p>
        <dl>
            <dt>"Pending since"</dt>
            <dd><Ago at=pending.saved now /></dd>
            <dt>"Saved by"</dt>
            <dd><bdi>{by}</bdi></dd>
            {reason}
            {file_name}
            {bytes}
        </dl>
        <div class="actions">
            {reveal}
            <a class="button" href=compare>"Compare with the current one"</a>
            {change}
        </div>
    };
    view! { <Panel id="pending" title="Pending value">{inside}</Panel> }
}
