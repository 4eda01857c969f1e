//! The versions of a value: who made each, when and why; reveal one, compare two, bring one back.

mod compare;
pub mod past;
mod pending;
mod restore;
mod reveal;

use crate::backend::Permit;
use crate::console::error_page::ErrorCopy;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::stated::WHY;
use crate::page::{Address, Page, Requested, ViewContext};
use crate::secrets::policy;
use crate::secrets::secret::read_number;
use crate::secrets::section::{SecretSection, refusal_of_a_secret};
use crate::secrets::store::{VersionLabel, VersionList, VersionRow};
use crate::ui::time::{Ago, exact};
use crate::ui::{Column, Pager, Panel, Table};
use compare::RevealBoth;
use doorward::{SecretId, Timestamp};
use leptos::prelude::*;
use pending::{Discard, Promote};
use restore::Restore;
use reveal::RevealOne;

#[derive(Clone)]
pub struct SecretVersions {
    pub id: SecretId,
    /// Only versions before this one.
    pub before: Option<i64>,
    /// The versions to compare.
    pub left: Option<VersionLabel>,
    pub right: Option<VersionLabel>,
}

impl SecretVersions {
    /// The newest versions of a secret.
    #[must_use]
    pub const fn of(id: SecretId) -> Self {
        Self { id, before: None, left: None, right: None }
    }
}

impl Address for SecretVersions {
    fn at(asked: &mut Requested<'_>) -> Self {
        let before = asked.query("before", None, |text| {
            let invalid = || PageError::invalid("before", "Enter the number of a version, such as 2.");
            read_number(text).map(Some).ok_or_else(invalid)
        });
        let mut label = |name: &'static str| {
            asked.query(name, None, |text| {
                let sentence = "Enter the number of a version, such as 2, or “current”, “previous” or “pending”.";
                VersionLabel::parse(text).map(Some).ok_or_else(|| PageError::invalid(name, sentence))
            })
        };
        let (left, right) = (label("left"), label("right"));
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING), before, left, right }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let label = |label: Option<VersionLabel>| label.map(|label| label.to_string()).unwrap_or_default();
        vec![
            ("id", self.id.to_string()),
            ("before", self.before.map(|before| before.to_string()).unwrap_or_default()),
            ("left", label(self.left)),
            ("right", label(self.right)),
        ]
    }
}

impl Page for SecretVersions {
    type Opens = policy::ReadVersions;
    type Data = VersionList;
    type Within = SecretSection;
    type Actions = (RevealOne, RevealBoth, Restore, Promote, Discard);
    const ISLANDS: &'static [&'static str] = &["CopyValue"];

    fn opens(&self) -> policy::ReadVersions {
        policy::ReadVersions { id: self.id, before: self.before, compared: self.left.zip(self.right) }
    }

    fn within(&self) -> SecretSection {
        SecretSection { id: self.id }
    }

    async fn load(&self, permit: Permit<policy::ReadVersions>) -> Result<VersionList, PageError> {
        Ok(request()?.backend.versions(permit).await?)
    }

    fn title(&self, list: &VersionList) -> String {
        format!("Versions of {}", list.name)
    }

    fn view(&self, list: VersionList, shown: &ViewContext) -> AnyView {
        view(self, &list, shown).into_any()
    }

    fn refusal(failure: &PageError) -> ErrorCopy {
        refusal_of_a_secret(failure)
    }
}

fn view(page: &SecretVersions, list: &VersionList, shown: &ViewContext) -> impl IntoView + use<> {
    let buttons = [RevealOne::SENT_BY, RevealBoth::SENT_BY, Restore::SENT_BY, Promote::SENT_BY, Discard::SENT_BY];
    let wrong = buttons.into_iter().find_map(|name| {
        let turn = shown.turn.of(name)?;
        ["", "version", "reveal", WHY].into_iter().find_map(|field| turn.error(field))
    });
    let count = list.rows.len();
    let title = if count == 1 && !list.has_older { "1 version".to_owned() } else { "Versions".to_owned() };
    let table = table(page, list, shown.now);
    view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <div class="panels">
            {reveal::panel(page, shown)}
            {compare::panels(page, list, shown)}
            {list.pending.as_ref().map(|pending| pending::panel(page, list, pending, shown.now))}
            <Panel id="versions" title>{table}</Panel>
            {restore::roll_back(page, list)}
            {(count > 1 || list.has_older || list.pending.is_some()).then(|| compare::choose(page, list))}
        </div>
    }
}

/// With the column for the length only for people who may reveal the value.
const COLUMNS: &[Column] = &[
    Column::Text("Version"),
    Column::Text("By"),
    Column::Text("When"),
    Column::Text("Reason"),
    Column::Number("Bytes"),
    Column::Unseen("Actions"),
];
const WITHOUT_LENGTH: &[Column] = &[
    Column::Text("Version"),
    Column::Text("By"),
    Column::Text("When"),
    Column::Text("Reason"),
    Column::Unseen("Actions"),
];

fn table(page: &SecretVersions, list: &VersionList, now: Timestamp) -> impl IntoView + use<> {
    let rows = list.rows.iter().map(|version| row(page, list, version, now)).collect_view();
    let columns = if list.may_reveal { COLUMNS } else { WITHOUT_LENGTH };
    let older = list.rows.last().filter(|_| list.has_older).map(|last| last.version);
    let next = older.map(|before| SecretVersions { before: Some(before), ..SecretVersions::of(page.id) }.href());
    let previous = page.before.map(|_| SecretVersions::of(page.id).href());
    let summary = match (list.rows.first(), list.rows.last()) {
        (Some(first), Some(last)) => format!("{} to {} of {}", first.version, last.version, list.current),
        _ => "There are no older versions.".to_owned(),
    };
    let pages = (next.is_some() || previous.is_some()).then(|| {
        view! { <Pager label="Pages of versions" summary previous next words=("Newest", "Older") /> }
    });
    view! {
        <Table caption="Versions, the newest first" columns class="two-lines">{rows}</Table>
        {pages}
    }
}

/// What a version was made for.
fn reason(version: &VersionRow) -> String {
    let saved = version.saved.as_ref().map(|(at, by)| {
        let by = by.as_deref().map(|by| format!("by {by} ")).unwrap_or_default();
        format!("Pending before, saved {by}on {}", exact(*at))
    });
    let origin = version.restored_from.map(|from| format!("Restored from version {from}")).or(saved);
    match (origin, version.reason.as_str()) {
        (Some(origin), "") => origin,
        (Some(origin), reason) => format!("{origin}: {reason}"),
        (None, reason) => reason.to_owned(),
    }
}

fn author(version: &VersionRow) -> String {
    version.by.clone().unwrap_or_else(|| "an import".to_owned())
}

fn row(page: &SecretVersions, list: &VersionList, version: &VersionRow, now: Timestamp) -> impl IntoView + use<> {
    let is_current = version.version == list.current;
    let badge = match version.version {
        number if number == list.current => Some("Current"),
        number if number == list.current - 1 => Some("Previous"),
        _ => None,
    };
    let badge = badge.map(|label| view! { " " <span class="badge">{label}</span> });
    let bytes = list.may_reveal.then(|| {
        let bytes = version.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
        view! { <td class="number" data-label="Bytes">{bytes}</td> }
    });
    let reveal = list.may_reveal.then(|| reveal::button(page, list, VersionLabel::Number(version.version)));
    let restore = (list.may_restore && !is_current).then(|| restore::button(page, list.current, version.version));
    let reason = Some(reason(version)).filter(|reason| !reason.is_empty()).map(|reason| view! { <bdi>{reason}</bdi> });
    view! {
        <tr>
            <th scope="row">{version.version} {badge}</th>
            <td data-label="By"><bdi>{author(version)}</bdi></td>
            <td data-label="When"><Ago at=version.at now /></td>
            <td data-label="Reason">{reason}</td>
            {bytes}
            <td class="actions">{reveal} " " {restore}</td>
        </tr>
    }
}
