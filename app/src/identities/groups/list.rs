//! The list of groups, and the form that adds one.

use crate::backend::Permit;
use crate::console::{Console, request, sorted};
use crate::identities::groups::group::Group;
use crate::identities::policy::groups as policy;
use crate::identities::store::ChangeError;
use crate::identities::store::groups::{GroupListing, GroupRow};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, FormResult, Page, Requested, Sort, SortKey, ViewContext};
use crate::ui::{Column, Empty, Field, PageHeader, Panel, Table};
use doorward::GroupName;
use leptos::prelude::*;

/// The maximum number of characters of a purpose.
const LONGEST_PURPOSE: u32 = 200;

/// What the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupKey {
    #[default]
    Name,
    Members,
    Secrets,
}

impl SortKey for GroupKey {
    const KEYS: &'static [(&'static str, Self)] =
        &[("name", Self::Name), ("-members", Self::Members), ("-secrets", Self::Secrets)];
}

#[derive(Clone, Default)]
pub struct GroupList {
    pub sort: Sort<GroupKey>,
}

impl Address for GroupList {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { sort: Sort::read(asked) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![self.sort.parameter()]
    }
}

impl Page for GroupList {
    type Opens = policy::ListGroups;
    type Data = GroupListing;
    type Within = Console;
    type Actions = (Add,);

    fn opens(&self) -> policy::ListGroups {
        policy::ListGroups
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ListGroups>) -> Result<GroupListing, PageError> {
        let mut listing = request()?.backend.groups(permit).await?;
        self.sort.rows(&mut listing.rows, |by, one, other| match by {
            GroupKey::Name => one.name.cmp(&other.name),
            GroupKey::Members => one.members.cmp(&other.members),
            GroupKey::Secrets => one.secrets.cmp(&other.secrets),
        });
        Ok(listing)
    }

    fn title(&self, _: &GroupListing) -> String {
        "Groups".to_owned()
    }

    fn view(&self, listing: GroupListing, shown: &ViewContext) -> AnyView {
        view(self, &listing, &shown.turn).into_any()
    }
}

/// Adds a group.
pub struct Add;

impl FormAction<GroupList> for Add {
    const BUTTON: &'static str = "";
    const FIELDS: &'static [&'static str] = &["name", "purpose"];
    type Asks = policy::AddGroup;
    type Input = (GroupName, String);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let name = GroupName::parse(form.text("name"));
        let name = name.map_err(|error| PageError::invalid("name", sentence(&error.to_string())))?;
        Ok((name, read_purpose(form)?))
    }

    fn asks(_: &GroupList, (name, purpose): &Self::Input) -> policy::AddGroup {
        policy::AddGroup { name: name.clone(), purpose: purpose.clone() }
    }

    async fn run(
        _: &GroupList,
        permit: Permit<policy::AddGroup>,
        (name, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let id = request()?.backend.add_group(permit).await.map_err(|error| match error {
            ChangeError::Store(error) => error.into(),
            _ => PageError::invalid("name", format!("There is a group “{name}” already.")),
        })?;
        Ok(FormOutcome::SeeOtherSaying(Group { id }.path(), format!("The group {name} was added.")))
    }
}

fn read_purpose(form: &Form) -> Result<String, PageError> {
    let purpose = form.text("purpose");
    let fits = purpose.chars().count() <= LONGEST_PURPOSE as usize && !purpose.chars().any(char::is_control);
    if fits {
        Ok(purpose.to_owned())
    } else {
        Err(PageError::invalid("purpose", "Write at most 200 characters, on one line."))
    }
}

const COLUMNS: &[Column] = &[
    Column::Sorted("Group", "name"),
    Column::Text("Roles"),
    Column::SortedNumber("Members", "-members"),
    Column::SortedNumber("Shared secrets", "-secrets"),
];

fn view(page: &GroupList, listing: &GroupListing, turn: &FormResult) -> impl IntoView + use<> {
    let rows = listing.rows.iter().map(row).collect_view();
    let sorted = sorted(page.sort, |sort| GroupList { sort });
    let table = view! { <Table caption="Groups" columns=COLUMNS class="two-lines" sorted>{rows}</Table> };
    let list = if listing.rows.is_empty() {
        view! {
            <Empty title="No groups yet">
                <p>"Give a role to a group, and everybody in it has it while they are a member."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <section class="panel wide" aria-label="Groups">{table}</section> }.into_any()
    };
    view! {
        <PageHeader
            title="Groups"
            intro=Some("What is given to a group applies to each member, for as long as they are in it.")
        />
        {list}
        {listing.may_add.then(|| view! { <div class="panels">{add_panel(turn)}</div> })}
    }
}

fn row(group: &GroupRow) -> impl IntoView + use<> {
    let purpose = (!group.purpose.is_empty()).then(|| view! { <small><bdi>{group.purpose.clone()}</bdi></small> });
    let roles = if group.roles.is_empty() { "None".to_owned() } else { group.roles.join(", ") };
    view! {
        <tr>
            <th scope="row">
                <a href=Group { id: group.id }.href()>{group.name.clone()}</a>
                {purpose}
            </th>
            <td data-label="Roles">{roles}</td>
            <td data-label="Members" class="number">{group.members}</td>
            <td data-label="Shared secrets" class="number">{group.secrets}</td>
        </tr>
    }
}

fn add_panel(turn: &FormResult) -> impl IntoView + use<> {
    let inside = view! {
        <form method="post" action=GroupList::default().href() data-guard>
            <Field
                name="name"
                label="Name"
                value=turn.typed("name")
                error=turn.error("name")
                maxlength=Some(64)
                hint=Some("For example on-call. Lower-case letters, digits and -.")
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
            <div class="actions">
                <button class="primary">"Add the group"</button>
            </div>
        </form>
    };
    view! { <Panel id="add" title="Add a group">{inside}</Panel> }
}
