//! The list of roles, and the form that adds one.

use crate::access::permissions::holders::Holders;
use crate::access::permissions::unused::UnusedRoleList;
use crate::access::policy::roles as policy;
use crate::access::roles::role::Role;
use crate::access::store::roles::{RoleError, RoleListing, RoleSummary};
use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, Sort, SortKey, ViewContext};
use crate::ui::{Choice, Column, Field, PageHeader, Panel, Select, Table};
use doorward::RoleName;
use leptos::prelude::*;

/// The maximum number of characters of a purpose.
const LONGEST_PURPOSE: u32 = 200;

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleKey {
    #[default]
    Name,
    Permissions,
    Holders,
}

impl SortKey for RoleKey {
    const KEYS: &'static [(&'static str, Self)] =
        &[("name", Self::Name), ("-permissions", Self::Permissions), ("-accounts", Self::Holders)];
}

#[derive(Clone, Default)]
pub struct RoleList {
    pub sort: Sort<RoleKey>,
}

impl Address for RoleList {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { sort: Sort::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![self.sort.parameter()]
    }
}

impl Page for RoleList {
    type Opens = policy::ListRoles;
    type Data = RoleListing;
    type Within = Console;
    type Actions = (Add,);

    fn opens(&self) -> policy::ListRoles {
        policy::ListRoles
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListRoles>) -> Result<RoleListing, PageError> {
        let mut listing = request()?.backend.roles(permit).await?;
        self.sort.rows(&mut listing.rows, |by, one, other| match by {
            RoleKey::Name => one.name.cmp(&other.name),
            RoleKey::Permissions => one.permissions.cmp(&other.permissions),
            RoleKey::Holders => one.holders.cmp(&other.holders),
        });
        Ok(listing)
    }

    fn title(&self, _: &RoleListing) -> String {
        "Roles".to_owned()
    }

    fn view(&self, listing: RoleListing, shown: &ViewContext) -> AnyView {
        view(self, &listing, &shown.turn).into_any()
    }
}

/// Adds a role.
pub struct Add;

impl FormAction<RoleList> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["name", "purpose", "like"];
    type Asks = policy::AddRole;
    type Input = (RoleName, String, Option<RoleName>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let name = RoleName::parse(form.text("name"));
        let name = name.map_err(|error| PageError::invalid("name", sentence(&error.to_string())))?;
        let purpose = form.text("purpose");
        if purpose.chars().count() > LONGEST_PURPOSE as usize || purpose.chars().any(char::is_control) {
            return Err(PageError::invalid("purpose", "Write at most 200 characters, on one line."));
        }
        let like = match form.text("like") {
            "" => None,
            like => Some(RoleName::parse(like).map_err(|_| PageError::invalid("like", "Choose one of these."))?),
        };
        Ok((name, purpose.to_owned(), like))
    }

    fn asks(_: &RoleList, (name, purpose, like): &Self::Input) -> policy::AddRole {
        policy::AddRole { name: name.clone(), purpose: purpose.clone(), like: like.clone() }
    }

    async fn run(
        _: &RoleList,
        permit: Permit<policy::AddRole>,
        (name, ..): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.add_role(permit).await.map_err(|error| match error {
            RoleError::Store(error) => error.into(),
            _ => PageError::invalid("name", format!("There is a role “{name}” already.")),
        })?;
        let message = format!("The role {name} was added. Nobody has it yet.");
        Ok(FormOutcome::SeeOtherSaying(Role { name }.path(), message))
    }
}

const COLUMNS: &[Column] = &[
    Column::Sorted("Role", "name"),
    Column::Text("Made by"),
    Column::SortedNumber("Permissions", "-permissions"),
    Column::SortedNumber("Accounts", "-accounts"),
];

fn view(page: &RoleList, listing: &RoleListing, turn: &FormResult) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(row).collect_view();
    let sorted = sorted(page.sort, |sort| RoleList { sort });
    view! {
        <PageHeader
            title="Roles"
            intro=Some("A role is a set of permissions. What somebody may do is what all their roles hold together.")
        >
            <a class="button" href=Holders::default().href()>"Who holds a permission"</a>
            <a class="button" href=UnusedRoleList.href()>"Unused roles"</a>
        </PageHeader>
        <section class="panel wide" aria-label="Roles">
            <Table caption="Roles" columns=COLUMNS class="two-lines" sorted>{rows}</Table>
        </section>
        {listing.may_add.then(|| view! { <div class="panels">{add_panel(listing, turn)}</div> })}
    }
}

fn row(role: &RoleSummary) -> impl IntoView + use<> {
    let name = role.name.clone();
    let purpose = (!role.purpose.is_empty()).then(|| view! { <small><bdi>{role.purpose.clone()}</bdi></small> });
    let link = match RoleName::parse(&name) {
        Ok(parsed) => view! { <a href=Role { name: parsed }.href()>{name}</a> }.into_any(),
        Err(_) => name.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{link} {purpose}</th>
            <td data-label="Made by">{if role.is_built_in { "Doorward" } else { "An administrator" }}</td>
            <td data-label="Permissions" class="number">{role.permissions}</td>
            <td data-label="Accounts" class="number">{role.holders}</td>
        </tr>
    }
}

fn add_panel(listing: &RoleListing, turn: &FormResult) -> impl IntoView + use<> {
    let nothing = Choice::new("", "Nothing: start with an empty role");
    let others = listing.rows.iter().map(|role| Choice::new(role.name.clone(), format!("What {} holds", role.name)));
    let inside = view! {
        <form method="post" action=RoleList::default().href() data-guard>
            <Field
                name="name"
                label="Name"
                value=turn.typed("name")
                error=turn.error("name")
                maxlength=Some(64)
                hint=Some("For example release-manager. Lower-case letters, digits and -.")
                autofocus=turn.error("name").is_some()
            />
            <Field
                name="purpose"
                label="What it is for (optional)"
                value=turn.typed("purpose")
                error=turn.error("purpose")
                maxlength=Some(LONGEST_PURPOSE)
                required=false
            />
            <Select
                name="like"
                label="Start with"
                choices=std::iter::once(nothing).chain(others).collect()
                chosen=turn.typed("like")
                error=turn.error("like")
            />
            <div class="actions">
                <button class="primary">"Add the role"</button>
            </div>
        </form>
    };
    view! { <Panel id="add" title="Add a role">{inside}</Panel> }
}
