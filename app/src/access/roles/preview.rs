//! Who would gain and lose what by a change of a role, and the button that applies it.

use crate::access::roles::edit::{Apply, field_of};
use crate::access::roles::role::Role;
use crate::access::store::roles::{PersonChange, RolePreview, SecretChange};
use crate::identities::identity::Identity;
use crate::page::{Address, FormAction};
use crate::ui::{Column, Panel, Table};
use leptos::prelude::*;

const COLUMNS: &[Column] = &[Column::Text("Account"), Column::Text("Gains"), Column::Text("Loses")];

pub(super) fn preview_panel(page: &Role, preview: &RolePreview) -> impl IntoView + use<> {
    let rows = preview.people.iter().map(row).collect_view();
    let table = (!preview.people.is_empty())
        .then(|| view! { <Table caption="Who gains and loses what" columns=COLUMNS class="two-lines">{rows}</Table> });
    let permissions_alone = (!preview.has_secrets)
        .then(|| view! { <p>"There are too many secrets to name them; only permissions are compared."</p> });
    let inside = view! {
        <p>{summary(preview)}</p>
        {table}
        {permissions_alone}
        {preview.is_change.then(|| apply_form(page, preview))}
    };
    view! { <Panel id="preview" title="Who gains and loses what">{inside}</Panel> }
}

fn summary(preview: &RolePreview) -> String {
    let accounts = |count: usize| if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    match (preview.is_change, preview.holders, preview.people.len()) {
        (false, ..) => "This is what the role holds already.".to_owned(),
        (true, 0, _) => "Nobody has this role, so nothing changes for anybody now.".to_owned(),
        (true, holders, 0) => {
            format!(
                "{} with this role; other roles give each the same, so nothing changes for anybody now.",
                accounts(holders)
            )
        }
        (true, holders, changed) => {
            format!(
                "Something changes for {} of {} with this role. Nothing is changed yet.",
                changed,
                accounts(holders)
            )
        }
    }
}

fn row(person: &PersonChange) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">
                <a href=Identity { id: person.identity }.href()><bdi>{person.display_name.clone()}</bdi></a>
                <small><code>{person.name.clone()}</code></small>
            </th>
            <td data-label="Gains" class="prose">{effect(&person.gains, &person.secret_gains)}</td>
            <td data-label="Loses" class="prose">{effect(&person.losses, &person.secret_losses)}</td>
        </tr>
    }
}

fn effect(permissions: &[String], secrets: &[SecretChange]) -> AnyView {
    if permissions.is_empty() {
        return "Nothing".into_any();
    }
    let secrets = secrets.iter().map(|change| view! { <small>{in_words(change)}</small> }).collect_view();
    view! { <span>{permissions.join(", ")}</span> {secrets} }.into_any()
}

/// For example `reveal 12 secrets: billing/api-key, billing/database-url, data/api-key and 9 more`.
fn in_words(change: &SecretChange) -> String {
    let SecretChange { verb, count, examples } = change;
    let secrets = if *count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") };
    let more = count - examples.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{verb} {secrets}: {}{more}", examples.join(", "))
}

fn apply_form(page: &Role, preview: &RolePreview) -> impl IntoView + use<> {
    let rows = preview.rows.iter().map(|row| {
        view! { <input type="hidden" name=field_of(&row.permission, row.within.as_str()) value="yes" /> }
    });
    let rows = rows.collect_view();
    view! {
        <form method="post" action=page.href()>
            <input type="hidden" name="seen" value=preview.version.to_string() />
            {rows}
            <div class="actions">
                <button class="danger" name="action" value=Apply::BUTTON>"Apply the change"</button>
                <a class="button" href=page.href()>"Discard"</a>
            </div>
        </form>
    }
}
