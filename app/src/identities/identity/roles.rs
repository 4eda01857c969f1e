//! The roles of an identity: the table, and the form that gives one.

use crate::backend::Permit;
use crate::console::request;
use crate::identities::groups::group::Group;
use crate::identities::identity::{Identity, refused};
use crate::identities::policy;
use crate::identities::state::within_in_words;
use crate::identities::store::{ChangeError, IdentityDetail, RoleChoices, RoleRow};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, FormResult, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Choice, Column, Panel, Select, Table};
use doorward::{TimeSpan, Timestamp, Within};
use leptos::prelude::*;

/// The choices for how long a role lasts.
const LASTS: [(&str, &str, Option<TimeSpan>); 5] = [
    ("8h", "8 hours", Some(TimeSpan::hours(8))),
    ("7d", "7 days", Some(TimeSpan::hours(7 * 24))),
    ("30d", "30 days", Some(TimeSpan::hours(30 * 24))),
    ("90d", "90 days", Some(TimeSpan::hours(90 * 24))),
    ("", "Until it is taken away", None),
];

pub(in crate::identities) fn read_role(form: &Form) -> Result<String, PageError> {
    let role = form.text("role");
    let fits = !role.is_empty() && role.len() <= 64 && !role.chars().any(char::is_control);
    if fits { Ok(role.to_owned()) } else { Err(PageError::invalid("role", "Choose a role.")) }
}

pub(in crate::identities) fn read_within(form: &Form) -> Result<Within, PageError> {
    Within::parse(form.text("within")).ok_or_else(|| PageError::invalid("within", "Choose where it applies."))
}

/// Gives a role.
pub struct Give;

impl FormAction<Identity> for Give {
    const BUTTON: &'static str = "give-role";
    const FIELDS: &'static [&'static str] = &["role", "within", "lasts"];
    type Asks = policy::GiveRole;
    type Input = (String, Within, Option<TimeSpan>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let chosen = LASTS.into_iter().find(|(value, _, _)| *value == form.text("lasts"));
        let (_, _, lasts) = chosen.ok_or_else(|| PageError::invalid("lasts", "Choose one of these."))?;
        Ok((read_role(form)?, read_within(form)?, lasts))
    }

    fn asks(page: &Identity, (role, within, lasts): &Self::Input) -> policy::GiveRole {
        policy::GiveRole { id: page.id, role: role.clone(), within: within.clone(), lasts: *lasts }
    }

    async fn run(
        page: &Identity,
        permit: Permit<policy::GiveRole>,
        (role, within, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.give_role(permit).await.map_err(|error| match error {
            ChangeError::NoSuchEnvironment => refused("within", error),
            _ => refused("role", error),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("They have the role {role} {}.", within_in_words(&within))))
    }
}

/// Takes a role away.
pub struct Take;

impl FormAction<Identity> for Take {
    const BUTTON: &'static str = "take-role";
    const FIELDS: &'static [&'static str] = &["role", "within"];
    type Asks = policy::TakeRole;
    type Input = (String, Within);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_role(form)?, read_within(form)?))
    }

    fn asks(page: &Identity, (role, within): &Self::Input) -> policy::TakeRole {
        policy::TakeRole { id: page.id, role: role.clone(), within: within.clone() }
    }

    async fn run(
        page: &Identity,
        permit: Permit<policy::TakeRole>,
        (role, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.take_role(permit).await.map_err(|error| refused("taken", error))?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("The role {role} was taken away.")))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Role"),
    Column::Text("Where"),
    Column::Text("Given by"),
    Column::Text("Given"),
    Column::Text("Ends"),
    Column::Unseen("Actions"),
];

pub(super) fn panel(page: &Identity, identity: &IdentityDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let roles = &identity.row.roles;
    let rows = roles.iter().map(|role| {
        let may_take = identity.may_give && role.by_group.is_none();
        role_row(role, may_take.then(|| take_form(page.href(), Take::BUTTON, role).into_any()), shown.now)
    });
    let none = "No role: they can sign in, and see nothing but their own account.";
    roles_panel("The roles of this account", rows.collect(), none, shown.turn.of(Take::BUTTON))
}

/// The table of roles, below what went wrong with taking one away. `none` is said if it is empty.
pub(in crate::identities) fn roles_panel<Row: IntoView + 'static>(
    caption: &'static str,
    rows: Vec<Row>,
    none: &'static str,
    taken: Option<&FormResult>,
) -> impl IntoView + use<Row> {
    let error = taken.and_then(|turn| turn.error("taken"));
    let is_empty = rows.is_empty();
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <Table caption=caption columns=COLUMNS class="two-lines">{rows.collect_view()}</Table>
        {is_empty.then(|| view! { <p>{none}</p> })}
    };
    view! { <Panel id="roles" title="Roles">{inside}</Panel> }
}

/// The form that takes a role away. `address` is the page's own.
pub(in crate::identities) fn take_form(address: String, button: &'static str, row: &RoleRow) -> impl IntoView + use<> {
    let RoleRow { role, within, .. } = row.clone();
    view! {
        <form method="post" action=address>
            <input type="hidden" name="role" value=role.clone() />
            <input type="hidden" name="within" value=within.as_str().to_owned() />
            <button class="danger" name="action" value=button aria-label=format!("Take away {role} {}", within_in_words(&within))>
                "Take away"
            </button>
        </form>
    }
}

/// A row of the table of roles.
pub(in crate::identities) fn role_row(row: &RoleRow, take: Option<AnyView>, now: Timestamp) -> impl IntoView + use<> {
    let RoleRow { role, within, ends, given_by, given, by_group } = row.clone();
    let ends = match ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    let by_group = by_group.map(|(id, name)| {
        view! { <small>"by the group " <a href=Group { id }.href()>{name}</a></small> }
    });
    view! {
        <tr>
            <th scope="row">{role} {by_group}</th>
            <td data-label="Where">{within_in_words(&within)}</td>
            <td data-label="Given by">{given_by.unwrap_or_else(|| "the server’s command line".to_owned())}</td>
            <td data-label="Given">{given.map(|at| view! { <Ago at now /> })}</td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{take}</td>
        </tr>
    }
}

pub(super) fn give_panel(page: &Identity, identity: &IdentityDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Give::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    let inside = view! {
        <form method="post" action=page.href() data-guard>
            {give_fields(&identity.choices, turn)}
            <Select name="lasts" label="How long" choices=lasts chosen=typed("lasts") error=error("lasts") />
            <div class="actions">
                <button class="primary" name="action" value=Give::BUTTON>"Give the role"</button>
            </div>
        </form>
    };
    view! { <Panel id="give" title="Give a role">{inside}</Panel> }
}

/// The fields that choose a role and where it counts.
pub(in crate::identities) fn give_fields(choices: &RoleChoices, turn: Option<&FormResult>) -> impl IntoView + use<> {
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let none = Choice::new("", "Choose a role");
    let roles = choices.roles.iter().map(|(name, purpose)| Choice::new(name.clone(), format!("{name}: {purpose}")));
    let everywhere = Choice::new("*", "Everywhere");
    let only = choices.environments.iter().map(|name| Choice::new(name.as_str(), format!("Only in {name}")));
    view! {
        <Select name="role" label="Role" choices=std::iter::once(none).chain(roles).collect() chosen=typed("role") error=error("role") />
        <Select
            name="within"
            label="Where it applies"
            choices=std::iter::once(everywhere).chain(only).collect()
            chosen=typed("within")
            error=error("within")
        />
    }
}
