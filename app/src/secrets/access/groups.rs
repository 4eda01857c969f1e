//! The groups that have access to a secret: the table, and the form that shares it with one.

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::groups::group::Group;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::form::stated::{StatedReason, WHY};
use crate::page::form::token::{FORM_TOKEN, form_token, read_form_token};
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::secrets::access::{LASTS, SecretAccess, read_lasts};
use crate::secrets::policy;
use crate::secrets::store::{AccessList, GroupGrantRow, GroupShareError};
use crate::ui::time::{Ago, Until, exact};
use crate::ui::{Choice, Column, Panel, Select, Table, because_in_row};
use doorward::{GroupId, Reason, TimeSpan, Timestamp};
use leptos::prelude::*;

/// Gives a group access.
pub struct GrantToGroup;

/// The fields of the form.
pub struct Given {
    with: GroupId,
    lasts: Option<TimeSpan>,
    form: Option<String>,
}

impl FormAction<SecretAccess> for GrantToGroup {
    const BUTTON: &'static str = "grant-group";
    const FIELDS: &'static [&'static str] = &["group", "group-lasts", FORM_TOKEN];
    type Asks = policy::ShareWithGroup;
    type Input = Given;

    fn read(form: &Form) -> Result<Given, PageError> {
        let with = GroupId::parse(form.text("group"));
        let with = with.map_err(|_| PageError::invalid("group", "Choose a group."))?;
        let lasts = read_lasts(form, "group-lasts")?;
        Ok(Given { with, lasts, form: read_form_token(form) })
    }

    fn asks(page: &SecretAccess, given: &Given) -> policy::ShareWithGroup {
        policy::ShareWithGroup { id: page.id, with: given.with, lasts: given.lasts, why: StatedReason::default() }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::ShareWithGroup>,
        given: Given,
    ) -> Result<FormOutcome, PageError> {
        let shared = request()?.backend.share_with_group(permit, given.form.as_deref()).await;
        let shared = shared.map_err(|error| match error {
            GroupShareError::SentBefore => PageError::invalid(
                "group",
                "This form was already sent, and access was granted then. To grant it again, press the button once more.",
            ),
            GroupShareError::Store(error) => error.into(),
        })?;
        let until = shared.ends.map(|at| format!(" until {}", exact(at))).unwrap_or_default();
        let message = format!("Shared with the group {}{until}.", shared.name);
        Ok(FormOutcome::SeeOtherSaying(page.path(), message))
    }

    fn refused(_: &SecretAccess, _: &Given, refusal: PageError) -> Result<FormOutcome, PageError> {
        let is_self = request()?.refused.get().is_some_and(|refused| refused.reason == Reason::SamePerson);
        let message = "You are in this group. Somebody else has to share the secret with it.";
        Err(if is_self { PageError::invalid("group", message) } else { refusal })
    }
}

/// Revokes a group's access.
pub struct TakeBackFromGroup;

impl FormAction<SecretAccess> for TakeBackFromGroup {
    const BUTTON: &'static str = "take-back-group";
    const FIELDS: &'static [&'static str] = &["group", WHY];
    type Asks = policy::UnshareWithGroup;
    type Input = (GroupId, StatedReason);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let from = GroupId::parse(form.text("group"));
        Ok((from.map_err(|_| PageError::invalid("", "There is no such grant."))?, StatedReason::read(form)?))
    }

    fn asks(page: &SecretAccess, (from, why): &Self::Input) -> policy::UnshareWithGroup {
        policy::UnshareWithGroup { id: page.id, from: *from, why: why.clone() }
    }

    async fn run(
        page: &SecretAccess,
        permit: Permit<policy::UnshareWithGroup>,
        _: Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.unshare_with_group(permit).await?;
        Ok(FormOutcome::SeeOther(page.path(), Some("The group’s access is removed.")))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Group"),
    Column::Text("Granted by"),
    Column::Text("Granted"),
    Column::Text("Ends"),
    Column::Unseen("Actions"),
];

/// The panel of groups. `None` if there is no group to show or to share with.
pub(super) fn panel(page: &SecretAccess, access: &AccessList, shown: &ViewContext) -> Option<impl IntoView + use<>> {
    if access.groups.is_empty() && access.known_groups.is_empty() {
        return None;
    }
    let rows = access.groups.iter().map(|grant| row(page, grant, access.may_take_back, shown.now)).collect_view();
    let table = (!access.groups.is_empty())
        .then(|| view! { <Table caption="Groups that were granted this secret" columns=COLUMNS>{rows}</Table> });
    let form = (access.may_share && !access.known_groups.is_empty()).then(|| form(page, access, shown));
    let inside = view! {
        {table}
        {form}
    };
    Some(view! { <Panel id="groups" title="Groups" part=true>{inside}</Panel> })
}

fn row(page: &SecretAccess, grant: &GroupGrantRow, may_take_back: bool, now: Timestamp) -> impl IntoView + use<> {
    let ends = match grant.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    let name = grant.name.clone();
    let members = if grant.members == 1 { "1 member".to_owned() } else { format!("{} members", grant.members) };
    let take_back = may_take_back.then(|| {
        view! {
            <form method="post" action=page.href() data-enhance data-removes>
                <input type="hidden" name="group" value=grant.group.to_string() />
                <button
                    class="danger"
                    name="action"
                    value=TakeBackFromGroup::BUTTON
                    aria-label=format!("Remove access of the group {name}")
                >
                    "Remove"
                </button>
                {because_in_row(&format!("remove access of the group {name}"))}
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=Group { id: grant.group }.href()>{grant.name.clone()}</a>
                " "
                <small>{members}</small>
            </th>
            <td data-label="Granted by">{grant.granted_by.clone().unwrap_or_else(|| "an import".to_owned())}</td>
            <td data-label="Granted"><Ago at=grant.granted now /></td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{take_back}</td>
        </tr>
    }
}

fn form(page: &SecretAccess, access: &AccessList, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(GrantToGroup::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = if turn.is_some() { typed("group-lasts") } else { LASTS[1].0.to_owned() };
    let spans = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    let none = Choice::new("", "Choose a group");
    let known = access.known_groups.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone()));
    view! {
        <form method="post" action=page.href() data-guard>
            {form_token::<Console>()}
            <Select
                name="group"
                label="Group"
                choices=std::iter::once(none).chain(known).collect()
                chosen=typed("group")
                error=error("group")
                hint=Some("Each member can do with it what their role allows.")
            />
            <Select name="group-lasts" label="Access lasts" choices=spans chosen=lasts error=error("group-lasts") />
            <div class="actions">
                <button class="primary" name="action" value=GrantToGroup::BUTTON>"Grant access to the group"</button>
            </div>
        </form>
    }
}
