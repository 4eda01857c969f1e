//! The members of a group: the table, and the form that adds one.

use crate::backend::Permit;
use crate::console::request;
use crate::identities::choices::choices;
use crate::identities::groups::group::{Group, LASTS, read_lasts, refused};
use crate::identities::identity::Identity;
use crate::identities::policy::groups as policy;
use crate::identities::store::ChangeError;
use crate::identities::store::groups::{GroupDetail, MemberRow};
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::time::{Ago, Until};
use crate::ui::{Choice, Column, Field, Panel, Select, Table, kind_in_words};
use doorward::{IdentityId, Kind, Reason, TimeSpan, Timestamp};
use leptos::prelude::*;

/// Adds a member.
pub struct AddMember;

impl FormAction<Group> for AddMember {
    const BUTTON: &'static str = "add-member";
    const FIELDS: &'static [&'static str] = &["whom", "lasts"];
    type Asks = policy::AddMember;
    type Input = (String, Option<TimeSpan>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        let whom = form.text("whom").to_lowercase();
        if whom.is_empty() || whom.len() > 64 || whom.chars().any(char::is_control) {
            return Err(PageError::invalid("whom", "Give the sign-in name of whom to add."));
        }
        Ok((whom, read_lasts(form)?))
    }

    fn asks(page: &Group, (whom, lasts): &Self::Input) -> policy::AddMember {
        policy::AddMember { id: page.id, whom: whom.clone(), lasts: *lasts }
    }

    async fn run(
        page: &Group,
        permit: Permit<policy::AddMember>,
        (whom, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        let added = request()?.backend.add_member(permit).await.map_err(|error| match error {
            ChangeError::Nobody => PageError::invalid("whom", format!("No one has the sign-in name “{whom}”.")),
            error => refused("whom", error),
        })?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("{added} is in the group.")))
    }

    fn refused(_: &Group, (whom, _): &Self::Input, refusal: PageError) -> Result<FormOutcome, PageError> {
        let is_self = request()?.refused.get().is_some_and(|refused| refused.reason == Reason::SamePerson);
        let message = format!("You cannot add yourself, {whom}. Somebody else has to do it.");
        Err(if is_self { PageError::invalid("whom", message) } else { refusal })
    }
}

/// Removes a member.
pub struct RemoveMember;

impl FormAction<Group> for RemoveMember {
    const BUTTON: &'static str = "remove-member";
    const FIELDS: &'static [&'static str] = &["member"];
    type Asks = policy::RemoveMember;
    type Input = IdentityId;

    fn read(form: &Form) -> Result<IdentityId, PageError> {
        IdentityId::parse(form.text("member")).map_err(|_| PageError::invalid("member", "There is no such member."))
    }

    fn asks(page: &Group, member: &IdentityId) -> policy::RemoveMember {
        policy::RemoveMember { id: page.id, whom: *member }
    }

    async fn run(page: &Group, permit: Permit<policy::RemoveMember>, _: IdentityId) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_member(permit).await.map_err(|error| refused("member", error))?;
        Ok(FormOutcome::SeeOther(page.path(), Some("They are no longer in the group.")))
    }
}

const COLUMNS: &[Column] = &[
    Column::Text("Member"),
    Column::Text("Added by"),
    Column::Text("Added"),
    Column::Text("Ends"),
    Column::Unseen("Actions"),
];

pub(super) fn panel(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = group.members.iter().map(|member| row(page, member, group.may_edit, shown.now)).collect_view();
    let none = group.members.is_empty();
    let error = shown.turn.of(RemoveMember::BUTTON).and_then(|turn| turn.error("member"));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <Table caption="The members of this group" columns=COLUMNS class="two-lines">{rows}</Table>
        {none.then(|| view! { <p>"Nobody is in this group."</p> })}
    };
    view! { <Panel id="members" title="Members">{inside}</Panel> }
}

fn row(page: &Group, member: &MemberRow, may_edit: bool, now: Timestamp) -> impl IntoView + use<> {
    let ends = match member.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    let kind = (member.kind != Kind::Person).then(|| view! { <small>{kind_in_words(member.kind)}</small> });
    let disabled = member.is_disabled.then(|| view! { <small>"Disabled"</small> });
    let remove = may_edit.then(|| {
        view! {
            <form method="post" action=page.href()>
                <input type="hidden" name="member" value=member.identity.to_string() />
                <button class="danger" name="action" value=RemoveMember::BUTTON aria-label=format!("Remove {}", member.name)>
                    "Remove"
                </button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=Identity { id: member.identity }.href()><bdi>{member.display_name.clone()}</bdi></a>
                <small><code>{member.name.clone()}</code></small>
                {kind}
                {disabled}
            </th>
            <td data-label="Added by">{member.added_by.clone().unwrap_or_else(|| "the server’s command line".to_owned())}</td>
            <td data-label="Added"><Ago at=member.added now /></td>
            <td data-label="Ends">{ends}</td>
            <td class="actions">{remove}</td>
        </tr>
    }
}

pub(super) fn add_panel(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(AddMember::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    let inside = view! {
        <form method="post" action=page.href() data-guard>
            <Field
                name="whom"
                label="Sign-in name"
                value=typed("whom")
                error=error("whom")
                maxlength=Some(64)
                suggestions=choices(&group.people)
                autofocus=error("whom").is_some()
            />
            <Select name="lasts" label="How long" choices=lasts chosen=typed("lasts") error=error("lasts") />
            <div class="actions">
                <button class="primary" name="action" value=AddMember::BUTTON>"Add to the group"</button>
            </div>
        </form>
    };
    view! { <Panel id="add" title="Add a member">{inside}</Panel> }
}
