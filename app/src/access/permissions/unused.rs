//! The roles that nobody needed for 90 days, and the button that takes them away.

use crate::access::permissions::holders::Holders;
use crate::access::policy::permissions::{ListUnusedRoles, OwnRole, TakeRoles};
use crate::access::store::permissions::{TakeError, UnusedRole, UnusedRoles};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::identity::Identity;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::ui::time::{Ago, exact};
use crate::ui::{Column, Empty, PageHeader, Table};
use doorward::{IdentityId, Timestamp, Within};
use leptos::prelude::*;

#[derive(Clone)]
pub struct UnusedRoleList;

impl Address for UnusedRoleList {
    fn at(_: &mut Requested<'_>) -> Self {
        Self
    }
}

impl Page for UnusedRoleList {
    type Opens = ListUnusedRoles;
    type Data = UnusedRoles;
    type Within = Console;
    type Actions = (Take,);

    fn opens(&self) -> ListUnusedRoles {
        ListUnusedRoles
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<ListUnusedRoles>) -> Result<UnusedRoles, PageError> {
        Ok(request()?.backend.unused_roles(permit).await?)
    }

    fn title(&self, _: &UnusedRoles) -> String {
        "Unused roles".to_owned()
    }

    fn view(&self, unused: UnusedRoles, shown: &ViewContext) -> AnyView {
        view(&unused, shown).into_any()
    }
}

/// Begins the name of each checkbox; the identity, `:`, the role, `@` and the environment follow.
const TAKE: &str = "take:";

/// Takes the chosen roles away.
pub struct Take;

impl FormAction<UnusedRoleList> for Take {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &[TAKE];
    type Asks = TakeRoles;
    type Input = Vec<OwnRole>;

    fn read(form: &Form) -> Result<Vec<OwnRole>, PageError> {
        let read = |name: &str| {
            let (identity, rest) = name.split_once(':')?;
            let (role, within) = rest.rsplit_once('@')?;
            let fits = !role.is_empty() && role.len() <= 64 && !role.chars().any(char::is_control);
            let identity = IdentityId::parse(identity).ok().filter(|_| fits)?;
            Some(OwnRole { identity, role: role.to_owned(), within: Within::parse(within)? })
        };
        let roles: Option<Vec<_>> = form.names_after(TAKE).map(read).collect();
        let roles = roles.ok_or_else(|| PageError::invalid("", "There is no such role."))?;
        if roles.is_empty() { Err(PageError::invalid("", "Choose at least one role.")) } else { Ok(roles) }
    }

    fn asks(_: &UnusedRoleList, roles: &Vec<OwnRole>) -> TakeRoles {
        TakeRoles { roles: roles.clone() }
    }

    async fn run(_: &UnusedRoleList, permit: Permit<TakeRoles>, roles: Vec<OwnRole>) -> Result<FormOutcome, PageError> {
        request()?.backend.take_roles(permit).await.map_err(|error| match error {
            TakeError::Store(error) => error.into(),
            TakeError::Gone => PageError::invalid("", "One of these roles is gone already. Nothing was taken away."),
            TakeError::LastAdministrator => {
                PageError::invalid("", "Nobody could give roles any more then. Nothing was taken away.")
            }
        })?;
        let count = if roles.len() == 1 { "1 role was".to_owned() } else { format!("{} roles were", roles.len()) };
        Ok(FormOutcome::SeeOtherSaying(UnusedRoleList.path(), format!("{count} taken away.")))
    }
}

const COLUMNS: &[Column] = &[
    Column::Unseen("Take away"),
    Column::Text("Account"),
    Column::Text("Role"),
    Column::Text("Where"),
    Column::Text("Given"),
];

fn view(unused: &UnusedRoles, shown: &ViewContext) -> impl IntoView + use<> {
    let error = shown.turn.error("").map(|message| view! { <p class="notice" role="alert">{message}</p> });
    let recent = unused.records_since.filter(|since| since.0 > shown.now.0 - 90 * 24 * 3_600_000);
    let recent = recent.map(|since| {
        let sentence =
            format!("The database has records since {}. What was done before is not considered.", exact(since));
        view! { <p class="notice" role="note">{sentence}</p> }
    });
    let body = if unused.rows.is_empty() {
        view! {
            <Empty title="No unused roles">
                <p>"Only roles that were given more than 90 days ago are looked at."</p>
            </Empty>
        }
        .into_any()
    } else {
        form(unused, shown.now).into_any()
    };
    view! {
        <PageHeader
            title="Unused roles"
            intro=Some("Without these, everybody could have done all that they did in the last 90 days.")
        >
            <a class="button" href=Holders::default().href()>"Who holds a permission"</a>
        </PageHeader>
        {recent}
        {error}
        {body}
    }
}

fn form(unused: &UnusedRoles, now: Timestamp) -> impl IntoView + use<> {
    let rows = unused.rows.iter().map(|row| table_row(unused, row, now)).collect_view();
    let button = unused.may_take.then(|| {
        view! {
            <div class="actions">
                <button class="danger">"Take away the chosen roles"</button>
            </div>
        }
    });
    view! {
        <form method="post" action=UnusedRoleList.href() class="panel wide">
            <Table caption="Roles that were not needed" columns=COLUMNS class="two-lines">{rows}</Table>
            {button}
        </form>
    }
}

fn table_row(unused: &UnusedRoles, row: &UnusedRole, now: Timestamp) -> impl IntoView + use<> {
    let within = match &row.within {
        Within::Everywhere => "Everywhere".to_owned(),
        Within::Only(environment) => format!("Only in {environment}"),
    };
    let choose = (unused.may_take && row.identity != unused.asker).then(|| {
        let name = format!("{TAKE}{}:{}@{}", row.identity, row.role, row.within.as_str());
        let label = format!("Take {} away from {}", row.role, row.name);
        view! { <input type="checkbox" name=name value="yes" aria-label=label /> }
    });
    view! {
        <tr>
            <td>{choose}</td>
            <th scope="row">
                <a href=Identity { id: row.identity }.href()><bdi>{row.display_name.clone()}</bdi></a>
                <small><code>{row.name.clone()}</code></small>
            </th>
            <td data-label="Role">{row.role.clone()}</td>
            <td data-label="Where">{within}</td>
            <td data-label="Given">{row.given.map(|at| view! { <Ago at now /> })}</td>
        </tr>
    }
}
