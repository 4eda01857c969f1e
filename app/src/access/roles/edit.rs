//! The editor of a role: a table of permissions and environments, and the forms that preview and apply it.

use crate::access::policy::roles as policy;
use crate::access::roles::role::{Role, refused};
use crate::access::store::roles::{Held, RoleDetail, RolePreview};
use crate::backend::Permit;
use crate::console::request;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::Panel;
use doorward::{Environment, Within};
use leptos::prelude::*;

/// Begins the name of each checkbox; the permission, `@` and the environment follow.
const HOLDS: &str = "holds:";

/// Reads the checkboxes. A permission that is held everywhere needs no environment beside it.
fn read_rows(form: &Form) -> Result<Vec<Held>, PageError> {
    let invalid = || PageError::invalid("", "There is no such permission or environment.");
    let mut rows: Vec<Held> = Vec::new();
    for name in form.names_after(HOLDS) {
        let (permission, within) = name.split_once('@').ok_or_else(invalid)?;
        let plain = |letter: char| letter.is_ascii_lowercase() || "._".contains(letter);
        if permission.is_empty() || !permission.chars().all(plain) {
            return Err(invalid());
        }
        rows.push(Held { permission: permission.to_owned(), within: Within::parse(within).ok_or_else(invalid)? });
    }
    let everywhere: Vec<String> =
        rows.iter().filter(|row| row.within == Within::Everywhere).map(|row| row.permission.clone()).collect();
    rows.retain(|row| row.within == Within::Everywhere || !everywhere.contains(&row.permission));
    rows.sort_by(|one, other| (&one.permission, one.within.as_str()).cmp(&(&other.permission, other.within.as_str())));
    Ok(rows)
}

/// The name of a row's checkbox.
pub(super) fn field_of(permission: &str, within: &str) -> String {
    format!("{HOLDS}{permission}@{within}")
}

/// Shows who would gain and lose what.
pub struct Preview;

impl FormAction<Role> for Preview {
    const BUTTON: &'static str = "preview";
    const FIELDS: &'static [&'static str] = &[HOLDS];
    type Asks = policy::PreviewRole;
    type Input = Vec<Held>;

    fn read(form: &Form) -> Result<Vec<Held>, PageError> {
        read_rows(form)
    }

    fn asks(page: &Role, rows: &Vec<Held>) -> policy::PreviewRole {
        policy::PreviewRole { name: page.name.clone(), holds: rows.clone() }
    }

    async fn run(_: &Role, permit: Permit<policy::PreviewRole>, _: Vec<Held>) -> Result<FormOutcome, PageError> {
        let preview: RolePreview = request()?.backend.preview_role(permit).await.map_err(|error| refused("", error))?;
        Ok(FormOutcome::show(preview))
    }
}

/// Applies what was previewed.
pub struct Apply;

impl FormAction<Role> for Apply {
    const BUTTON: &'static str = "apply";
    const FIELDS: &'static [&'static str] = &[HOLDS, "seen"];
    type Asks = policy::EditRole;
    type Input = (Vec<Held>, i64);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let seen = form.text("seen").parse().ok().filter(|seen| *seen >= 0);
        let seen = seen.ok_or_else(|| PageError::invalid("", "Look at the preview first."))?;
        Ok((read_rows(form)?, seen))
    }

    fn asks(page: &Role, (rows, seen): &Self::Input) -> policy::EditRole {
        policy::EditRole { name: page.name.clone(), holds: rows.clone(), seen: *seen }
    }

    async fn run(page: &Role, permit: Permit<policy::EditRole>, _: Self::Input) -> Result<FormOutcome, PageError> {
        request()?.backend.edit_role(permit).await.map_err(|error| refused("", error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The role was changed. It applies from the next request on.")))
    }
}

/// Whether a permission is ever held for one environment alone. The others concern no environment.
fn has_environments(permission: &str) -> bool {
    ["secret.", "ledger.", "delivery."].iter().any(|subject| permission.starts_with(subject))
}

/// The form with a row for each permission.
pub(super) fn editor(page: &Role, role: &RoleDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let posted = shown.turn.of(Preview::BUTTON).or_else(|| shown.turn.of(Apply::BUTTON));
    let is_held = |permission: &str, within: &str| match posted {
        Some(turn) => turn.has(&field_of(permission, within)),
        None => role.held.iter().any(|row| row.permission == permission && row.within.as_str() == within),
    };
    let rows = role.permissions.iter().map(|permission| row(permission, &role.environments, &is_held)).collect_view();
    let heads = role.environments.iter().map(|name| view! { <th scope="col">{name.to_string()}</th> }).collect_view();
    let error = posted.and_then(|turn| turn.error(""));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <form method="post" action=page.href() data-guard>
            <table class="choices">
                <caption class="unseen">"The permissions of this role"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Permission"</th>
                        <th scope="col">"Everywhere"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <div class="actions">
                <button class="primary" name="action" value=Preview::BUTTON>"Preview the change"</button>
            </div>
        </form>
    };
    view! { <Panel id="held" title="What it holds">{inside}</Panel> }
}

fn row(
    permission: &'static str,
    environments: &[Environment],
    is_held: &dyn Fn(&str, &str) -> bool,
) -> impl IntoView + use<> {
    let cell = |within: &str, label: &str| {
        let name = field_of(permission, within);
        let label = format!("{permission} {label}");
        let checked = is_held(permission, within);
        view! { <input type="checkbox" name=name value="yes" checked=checked aria-label=label /> }
    };
    let everywhere = cell("*", "everywhere");
    let each = environments.iter().map(|name| {
        let cell = has_environments(permission).then(|| cell(name.as_str(), &format!("in {name}")));
        let label = cell.is_some().then(|| name.to_string());
        view! { <td data-label=label>{cell}</td> }
    });
    let each = each.collect_view();
    view! {
        <tr>
            <th scope="row"><code>{permission}</code></th>
            <td data-label="Everywhere">{everywhere}</td>
            {each}
        </tr>
    }
}
