//! The preview: each secret then and now, and what would happen to it.

use crate::page::{Address, ViewContext};
use crate::secrets::policy::FolderThen;
use crate::secrets::secret::Secret;
use crate::secrets::store::{DeletedSince, FolderPast, MOST_RESTORED, PastRow, Since, VersionRow};
use crate::secrets::versions::past::{PastFolder, in_words, restore};
use crate::secrets::versions::{author, reason};
use crate::ui::time::Ago;
use crate::ui::{Column, Panel, Table};
use doorward::Timestamp;
use leptos::prelude::*;

pub(super) fn panel(
    page: &PastFolder,
    then: &FolderThen,
    past: &FolderPast,
    shown: &ViewContext,
) -> impl IntoView + use<> {
    let restored = past.rows.iter().filter(|row| row.since.is_restored());
    let (count, refused) = (restored.clone().count(), restored.filter(|row| row.refusal.is_some()).count());
    let offered = count > 0 && refused == 0 && past.may_restore;
    let form = offered.then(|| restore::form(page, then, &past.seen, count, &shown.turn));
    let rows = past.rows.iter().map(|row| self::row(row, shown.now)).collect_view();
    let table = (!past.rows.is_empty())
        .then(|| view! { <Table caption="Secrets then and now" columns=COLUMNS class="two-lines">{rows}</Table> });
    let deleted = (!past.deleted.is_empty()).then(|| deleted(&past.deleted, shown.now));
    let future =
        (then.at > shown.now).then(|| view! { <p>"That time is still to come, so nothing has changed since."</p> });
    let inside = view! {
        {future}
        <p>{verdict(past, count, refused)}</p>
        {form}
        {table}
    };
    view! {
        <Panel id="preview" title=in_words(then)>{inside}</Panel>
        {deleted}
    }
}

fn verdict(past: &FolderPast, count: usize, refused: usize) -> String {
    let secrets = |count: usize| if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") };
    if past.too_many {
        return format!("There are more than {MOST_RESTORED} secrets here. Choose a folder with fewer.");
    }
    match (count, refused) {
        _ if past.rows.is_empty() => "There is no secret here that you can see.".to_owned(),
        (0, _) => "Nothing here would change.".to_owned(),
        (_, 0) if !past.may_restore => {
            format!("{} changed. You cannot change values in this environment.", secrets(count))
        }
        (_, 0) => format!("{} would be restored: all of them, or none.", secrets(count)),
        (_, refused) => format!(
            "{} changed, and you may not restore {refused} of them, so nothing can be restored. Choose a folder without them.",
            secrets(count)
        ),
    }
}

const COLUMNS: &[Column] =
    &[Column::Text("Name"), Column::Text("Then"), Column::Text("Now"), Column::Text("What happens")];

fn row(row: &PastRow, now: Timestamp) -> impl IntoView + use<> {
    let then = row
        .then
        .as_ref()
        .map_or_else(|| view! { <small>"Did not exist"</small> }.into_any(), |then| version(then, now).into_any());
    let was = row.name_then.clone().map(|name| view! { <br /> <small>"then " <code>{name}</code></small> });
    let refusal = row.refusal.map(|words| view! { <br /> <strong>"Not allowed: " {words}</strong> });
    view! {
        <tr>
            <th scope="row">
                <a href=Secret { id: row.id }.href()><code>{row.name.clone()}</code></a>
                {was}
            </th>
            <td data-label="Then">{then}</td>
            <td data-label="Now">{version(&row.now, now)}</td>
            <td data-label="What happens">{what_happens(row)} {refusal}</td>
        </tr>
    }
}

fn version(version: &VersionRow, now: Timestamp) -> impl IntoView + use<> {
    let why = reason(version);
    let why = (!why.is_empty()).then(|| view! { <br /> <small><bdi>{why}</bdi></small> });
    view! {
        "Version " {version.version} ", " <Ago at=version.at now /> <br />
        <small>"by " <bdi>{author(version)}</bdi></small>
        {why}
    }
}

fn what_happens(row: &PastRow) -> String {
    let then = row.then.as_ref().map_or(0, |then| then.version);
    let next = row.now.version + 1;
    let value = match row.since {
        Since::Changed => format!("Gets the value of version {then}, as version {next}."),
        Since::Archived { changed: false } => "Archived since. Is brought back.".to_owned(),
        Since::Archived { changed: true } => {
            format!("Archived since. Is brought back with the value of version {then}, as version {next}.")
        }
        Since::StaysArchived => "Archived since. You may not bring it back, so it stays archived.".to_owned(),
        Since::ArchivedBefore => "Was archived already. Stays archived.".to_owned(),
        Since::Added => "Added since. Stays as it is.".to_owned(),
        Since::MovedHere => "Moved here since. Stays as it is.".to_owned(),
        Since::Unchanged => "Unchanged.".to_owned(),
    };
    let renamed = row.name_then.is_some() && row.since != Since::MovedHere;
    if renamed { format!("{value} Keeps its present name.") } else { value }
}

fn deleted(deleted: &[DeletedSince], now: Timestamp) -> impl IntoView + use<> {
    let rows = deleted.iter().map(|secret| {
        view! { <li><code>{secret.name.clone()}</code> ", deleted " <Ago at=secret.at now /></li> }
    });
    let inside = view! {
        <p>"These secrets were deleted for good and cannot come back."</p>
        <ul>{rows.collect_view()}</ul>
    };
    view! { <Panel id="deleted" title="Deleted since">{inside}</Panel> }
}
