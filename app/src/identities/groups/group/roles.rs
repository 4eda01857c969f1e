//! The roles of a group: the table, and the form that gives one.

use crate::backend::Permit;
use crate::console::request;
use crate::identities::groups::group::{Group, LASTS, read_lasts, refused};
use crate::identities::identity::roles::{give_fields, read_role, read_within, role_row, roles_panel, take_form};
use crate::identities::policy::groups as policy;
use crate::identities::state::within_in_words;
use crate::identities::store::ChangeError;
use crate::identities::store::groups::GroupDetail;
use crate::page::error::PageError;
use crate::page::form::Form;
use crate::page::{Address, FormAction, FormOutcome, ViewContext};
use crate::ui::{Choice, Panel, Select};
use doorward::{TimeSpan, Within};
use leptos::prelude::*;

/// Gives the group a role.
pub struct Give;

impl FormAction<Group> for Give {
    const BUTTON: &'static str = "give-role";
    const FIELDS: &'static [&'static str] = &["role", "within", "lasts"];
    type Asks = policy::GiveGroupRole;
    type Input = (String, Within, Option<TimeSpan>);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_role(form)?, read_within(form)?, read_lasts(form)?))
    }

    fn asks(page: &Group, (role, within, lasts): &Self::Input) -> policy::GiveGroupRole {
        policy::GiveGroupRole { id: page.id, role: role.clone(), within: within.clone(), lasts: *lasts }
    }

    async fn run(
        page: &Group,
        permit: Permit<policy::GiveGroupRole>,
        (role, within, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.give_group_role(permit).await.map_err(|error| match error {
            ChangeError::NoSuchEnvironment => refused("within", error),
            error => refused("role", error),
        })?;
        let message = format!("The group has the role {role} {}.", within_in_words(&within));
        Ok(FormOutcome::SeeOtherSaying(page.path(), message))
    }
}

/// Takes a role away from the group.
pub struct Take;

impl FormAction<Group> for Take {
    const BUTTON: &'static str = "take-role";
    const FIELDS: &'static [&'static str] = &["role", "within"];
    type Asks = policy::TakeGroupRole;
    type Input = (String, Within);

    fn read(form: &Form) -> Result<Self::Input, PageError> {
        Ok((read_role(form)?, read_within(form)?))
    }

    fn asks(page: &Group, (role, within): &Self::Input) -> policy::TakeGroupRole {
        policy::TakeGroupRole { id: page.id, role: role.clone(), within: within.clone() }
    }

    async fn run(
        page: &Group,
        permit: Permit<policy::TakeGroupRole>,
        (role, _): Self::Input,
    ) -> Result<FormOutcome, PageError> {
        request()?.backend.take_group_role(permit).await.map_err(|error| refused("taken", error))?;
        Ok(FormOutcome::SeeOtherSaying(page.path(), format!("The role {role} was taken away.")))
    }
}

pub(super) fn panel(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let rows = group.roles.iter().map(|role| {
        let take = group.may_give.then(|| take_form(page.href(), Take::BUTTON, role).into_any());
        role_row(role, take, shown.now)
    });
    roles_panel("The roles of this group", rows.collect(), "This group has no role.", shown.turn.of(Take::BUTTON))
}

pub(super) fn give_panel(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Give::BUTTON);
    let error = |field: &str| turn.and_then(|turn| turn.error(field));
    let typed = |field: &str| turn.map(|turn| turn.typed(field)).unwrap_or_default();
    let lasts = LASTS.map(|(value, label, _)| Choice::new(value, label)).to_vec();
    let inside = view! {
        <form method="post" action=page.href() data-guard>
            {give_fields(&group.choices, turn)}
            <Select name="lasts" label="How long" choices=lasts chosen=typed("lasts") error=error("lasts") />
            <div class="actions">
                <button class="primary" name="action" value=Give::BUTTON>"Give the role"</button>
            </div>
        </form>
    };
    view! { <Panel id="give" title="Give a role">{inside}</Panel> }
}
