//! Sets two versions side by side. Their values are shown only after both were revealed, each with a record of its own.

use crate::backend::Permit;
use crate::console::{permit, request};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::secret::shown_as_text;
use crate::secrets::store::{NO_VERSION, SecretKind, VersionLabel, VersionList, VersionRow};
use crate::secrets::versions::reveal::{read_version, reveal};
use crate::secrets::versions::{SecretVersions, author, reason};
use crate::secrets::{Revealed, policy};
use crate::ui::time::Ago;
use crate::ui::{Choice, Panel, Select, because_asked};
use doorward::Timestamp;
use leptos::prelude::*;

/// The values of two versions.
struct Both {
    left: Revealed,
    right: Revealed,
}

/// Shows the values of both versions.
pub struct RevealBoth;

impl RevealBoth {
    pub(super) const SENT_BY: &'static str = "reveal-both";
}

impl FormAction<SecretVersions> for RevealBoth {
    const BUTTON: &'static str = Self::SENT_BY;
    const FIELDS: &'static [&'static str] = &["left", "right", WHY];
    type Asks = policy::RevealVersion;
    type Input = (VersionLabel, VersionLabel, StatedReason);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_version(form, "left")?, read_version(form, "right")?, StatedReason::read_asked(form)?))
    }

    fn asks(page: &SecretVersions, (left, _, why): &Self::Input) -> policy::RevealVersion {
        policy::RevealVersion { id: page.id, version: *left, why: why.clone() }
    }

    async fn run(
        page: &SecretVersions,
        first: Permit<policy::RevealVersion>,
        (_, right, why): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let left = as_text(first).await?;
        let second = permit(policy::RevealVersion { id: page.id, version: right, why }).await?;
        let right = as_text(second).await?;
        request()?.head.set(|head| head.leaves_for = Some(page.path()));
        Ok(FormOutcome::show(Both { left, right }))
    }
}

async fn as_text(permit: Permit<policy::RevealVersion>) -> Result<Revealed, PageError> {
    let (opened, version, record) = reveal(permit).await?;
    let no_text = || PageError::invalid("", "These are files. Download them one by one.");
    shown_as_text(&opened, version, record).ok_or_else(no_text)
}

/// The labels that versions of this list have.
fn labels(list: &VersionList) -> impl Iterator<Item = Choice> + use<> {
    let pending = list.pending.is_some().then(|| Choice::new("pending", "Pending value"));
    let current = Choice::new("current", format!("Current (version {})", list.current));
    let previous = list.current - 1;
    let previous = (previous > 0).then(|| Choice::new("previous", format!("Previous (version {previous})")));
    pending.into_iter().chain([current]).chain(previous)
}

/// The form that chooses what to compare.
pub(super) fn choose(page: &SecretVersions, list: &VersionList) -> impl IntoView + use<> {
    let choices: Vec<_> =
        labels(list).chain(list.rows.iter().map(|row| Choice::plain(row.version.to_string()))).collect();
    let number = |chosen: Option<VersionLabel>, at: usize| {
        chosen
            .or_else(|| list.rows.get(at).map(|row| VersionLabel::Number(row.version)))
            .map(|version| version.to_string())
            .unwrap_or_default()
    };
    let (left, right) = (number(page.left, 1), number(page.right, 0));
    let inside = view! {
        <form class="filter" method="get" action=SecretVersions::of(page.id).href()>
            <Select name="left" label="Version" choices=choices.clone() chosen=left />
            <Select name="right" label="With version" choices chosen=right />
            <button>"Compare"</button>
        </form>
    };
    view! { <Panel id="choose" title="Compare">{inside}</Panel> }
}

/// Renders the two versions that were chosen.
pub(super) fn panels(page: &SecretVersions, list: &VersionList, shown: &ViewContext) -> Option<impl IntoView + use<>> {
    let Some((left, right)) = &list.compared else {
        return page.left.zip(page.right).map(|_| nothing().into_any());
    };
    let both = shown.turn.done::<Both>();
    let value = |pick: fn(&Both) -> &Revealed| both.map(|both| pick(both).value.clone());
    let offer = (list.may_reveal && both.is_none() && list.kind != SecretKind::File)
        .then(|| reveal_form(page, label_of(left), label_of(right), list.asks_reason));
    let offer = offer.map(|form| view! { <Panel id="values" title="Values">{form}</Panel> });
    let (one, other) = (
        side("left", left, value(|both| &both.left), shown.now),
        side("right", right, value(|both| &both.right), shown.now),
    );
    Some(view! { {one} {other} {offer} }.into_any())
}

fn nothing() -> impl IntoView {
    view! { <p class="notice" role="alert">"These are not two versions of this secret."</p> }
}

fn label_of(version: &VersionRow) -> VersionLabel {
    if version.version == NO_VERSION { VersionLabel::Pending } else { VersionLabel::Number(version.version) }
}

fn reveal_form(page: &SecretVersions, left: VersionLabel, right: VersionLabel, asks: bool) -> impl IntoView + use<> {
    view! {
        <form method="post" action=page.href()>
            <input type="hidden" name="left" value=left.to_string() />
            <input type="hidden" name="right" value=right.to_string() />
            {asks.then(|| because_asked("both-why", String::new(), None))}
            <p>"Hidden. Revealing them is recorded twice, with your name and the time."</p>
            <div class="actions">
                <button name="action" value=RevealBoth::SENT_BY>"Reveal both values"</button>
            </div>
        </form>
    }
}

fn side(id: &'static str, version: &VersionRow, value: Option<String>, now: Timestamp) -> impl IntoView + use<> {
    let bytes = version.bytes.map(|bytes| view! { <dt>"Bytes"</dt><dd>{bytes}</dd> });
    let file_name = version.file_name.clone();
    let file_name = file_name.map(|name| view! { <dt>"File name"</dt><dd><bdi>{name}</bdi></dd> });
    let value = value.map(|value| {
        view! {
            <div data-value-in-page>
                <output class="value" aria-labelledby=format!("{id}-heading")>{value}</output>
            </div>
        }
    });
    let inside = view! {
        <dl>
            <dt>"By"</dt>
            <dd><bdi>{author(version)}</bdi></dd>
            <dt>"When"</dt>
            <dd><Ago at=version.at now /></dd>
            <dt>"Reason"</dt>
            <dd><bdi>{reason(version)}</bdi></dd>
            {bytes}
            {file_name}
        </dl>
        {value}
    };
    let title = match version.version {
        NO_VERSION => "Pending".to_owned(),
        version => format!("Version {version}"),
    };
    view! { <Panel id title narrow=true>{inside}</Panel> }
}
