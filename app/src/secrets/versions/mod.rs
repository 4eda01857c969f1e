//! The versions of a value: who made each, when and why; reveal one, compare two, bring one back.

mod compare;
pub mod past;
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
use crate::secrets::store::{VersionList, VersionRow};
use crate::ui::time::Ago;
use crate::ui::{Column, Pager, Panel, Table};
use compare::RevealBoth;
use doorward::{SecretId, Timestamp};
use leptos::prelude::*;
use restore::Restore;
use reveal::RevealOne;

#[derive(Clone)]
pub struct SecretVersions {
    pub id: SecretId,
    /// Only versions before this one.
    pub before: Option<i64>,
    /// The versions to compare.
    pub left: Option<i64>,
    pub right: Option<i64>,
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
        let mut number = |name: &'static str| {
            asked.query(name, None, |text| {
                let invalid = || PageError::invalid(name, "Enter the number of a version, such as 2.");
                read_number(text).map(Some).ok_or_else(invalid)
            })
        };
        let (before, left, right) = (number("before"), number("left"), number("right"));
        Self { id: SecretId::parse(asked.segment("id")).unwrap_or(SecretId::NOTHING), before, left, right }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        vec![
            ("id", self.id.to_string()),
            ("before", number(self.before)),
            ("left", number(self.left)),
            ("right", number(self.right)),
        ]
    }
}

impl Page for SecretVersions {
    type Opens = policy::ReadVersions;
    type Data = VersionList;
    type Within = SecretSection;
    type Actions = (RevealOne, RevealBoth, Restore);
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
    let wrong = [RevealOne::SENT_BY, RevealBoth::SENT_BY, Restore::SENT_BY].into_iter().find_map(|name| {
        let turn = shown.turn.of(name)?;
        ["", "version", WHY, restore::REASON].into_iter().find_map(|field| turn.error(field))
    });
    let count = list.rows.len();
    let title = if count == 1 && !list.has_older { "1 version".to_owned() } else { "Versions".to_owned() };
    let table = table(page, list, shown.now);
    view! {
        {wrong.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <div class="panels">
            {reveal::panel(page, shown)}
            {compare::panels(page, list, shown)}
            <Panel id="versions" title>{table}</Panel>
            {(count > 1 || list.has_older).then(|| compare::choose(page, list))}
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
    match (version.restored_from, version.reason.as_str()) {
        (Some(from), "") => format!("Restored from version {from}"),
        (Some(from), reason) => format!("Restored from version {from}: {reason}"),
        (None, reason) => reason.to_owned(),
    }
}

fn author(version: &VersionRow) -> String {
    version.by.clone().unwrap_or_else(|| "an import".to_owned())
}

fn row(page: &SecretVersions, list: &VersionList, version: &VersionRow, now: Timestamp) -> impl IntoView + use<> {
    let is_current = version.version == list.current;
    let badge = is_current.then(|| view! { " " <span class="badge">"Current"</span> });
    let bytes = list.may_reveal.then(|| {
        let bytes = version.bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
        view! { <td class="number" data-label="Bytes">{bytes}</td> }
    });
    let reveal = list.may_reveal.then(|| reveal::button(page, list, version.version));
    let restore = (list.may_restore && !is_current).then(|| restore::button(page, list.current, version.version));
    view! {
        <tr>
            <th scope="row">{version.version} {badge}</th>
            <td data-label="By"><bdi>{author(version)}</bdi></td>
            <td data-label="When"><Ago at=version.at now /></td>
            <td data-label="Reason"><bdi>{reason(version)}</bdi></td>
            {bytes}
            <td class="actions">{reveal} " " {restore}</td>
        </tr>
    }
}
