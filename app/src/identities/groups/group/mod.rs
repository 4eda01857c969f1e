//! The page of one group: its members, its roles, and what was shared with it.

mod members;
mod roles;

use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::groups::list::GroupList;
use crate::identities::policy::groups as policy;
use crate::identities::store::ChangeError;
use crate::identities::store::groups::{GroupDetail, SharedRow};
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, Page, ViewContext};
use crate::secrets::secret::Secret;
use crate::ui::time::Until;
use crate::ui::{Column, PageHeader, Panel, Table, environment_mark};
use doorward::{GroupId, TimeSpan, Timestamp};
use leptos::prelude::*;
use members::{AddMember, RemoveMember};
use roles::{Give, Take};

crate::addresses! {
    Group { id: GroupId }
}

/// The choices for how long a membership or a role lasts.
const LASTS: [(&str, &str, Option<TimeSpan>); 5] = [
    ("8h", "8 hours", Some(TimeSpan::hours(8))),
    ("7d", "7 days", Some(TimeSpan::hours(7 * 24))),
    ("30d", "30 days", Some(TimeSpan::hours(30 * 24))),
    ("90d", "90 days", Some(TimeSpan::hours(90 * 24))),
    ("", "No end", None),
];

fn read_lasts(form: &Form) -> Result<Option<TimeSpan>, PageError> {
    let chosen = LASTS.into_iter().find(|(value, _, _)| *value == form.text("lasts"));
    chosen.map(|(_, _, lasts)| lasts).ok_or_else(|| PageError::invalid("lasts", "Choose one of these."))
}

impl Page for Group {
    type Opens = policy::ReadGroup;
    type Data = GroupDetail;
    type Within = Console;
    type Actions = (AddMember, RemoveMember, Give, Take, Remove);

    fn opens(&self) -> policy::ReadGroup {
        policy::ReadGroup { id: self.id }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadGroup>) -> Result<GroupDetail, PageError> {
        Ok(request()?.backend.group(permit).await?)
    }

    fn title(&self, group: &GroupDetail) -> String {
        format!("Group {}", group.row.name)
    }

    fn view(&self, group: GroupDetail, shown: &ViewContext) -> AnyView {
        view(self, &group, shown).into_any()
    }
}

/// What went wrong with a change, beside the field `field`.
fn refused(field: &'static str, error: ChangeError) -> PageError {
    let message = match error {
        ChangeError::Store(error) => return error.into(),
        ChangeError::LastAdministrator => {
            "Nobody could give roles any more then. Make somebody an administrator first.".to_owned()
        }
        other => sentence(&other.to_string()),
    };
    PageError::invalid(field, message)
}

/// Removes the group. Its name has to be typed.
pub struct Remove;

impl FormAction<Group> for Remove {
    const BUTTON: &'static str = "remove";
    const FIELDS: &'static [&'static str] = &["typed", "name"];
    type Asks = policy::RemoveGroup;
    type Input = ();

    fn read(form: &Form) -> Result<(), PageError> {
        let name = form.text("name");
        if form.text("typed").eq_ignore_ascii_case(name) {
            Ok(())
        } else {
            Err(PageError::invalid("typed", format!("Type “{name}” to confirm.")))
        }
    }

    fn asks(page: &Group, (): &()) -> policy::RemoveGroup {
        policy::RemoveGroup { id: page.id }
    }

    async fn run(_: &Group, permit: Permit<policy::RemoveGroup>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_group(permit).await.map_err(|error| refused("typed", error))?;
        Ok(FormOutcome::SeeOther(GroupList::default().path(), Some("The group was removed.")))
    }
}

fn view(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let own = group.includes_principal.then(|| {
        view! { <p class="notice" role="note">"You are in this group, so somebody else has to change it."</p> }
    });
    view! {
        <PageHeader title=group.row.name.clone() purpose=group.row.purpose.clone()>
            <a class="button" href=GroupList::default().href()>"All groups"</a>
        </PageHeader>
        {own}
        <div class="panels">
            {members::panel(page, group, shown)}
            {group.may_edit.then(|| members::add_panel(page, group, shown))}
            {roles::panel(page, group, shown)}
            {group.may_give.then(|| roles::give_panel(page, group, shown))}
            {shared_panel(group, shown.now)}
            {group.may_edit.then(|| remove_panel(page, group, shown))}
        </div>
    }
}

const SHARED: &[Column] = &[Column::Text("Secret"), Column::Text("Environment"), Column::Text("Ends")];

fn shared_panel(group: &GroupDetail, now: Timestamp) -> impl IntoView + use<> {
    let hidden = group.row.secrets - i64::try_from(group.shared.len()).unwrap_or_default();
    let rows = group.shared.iter().map(|row| shared_row(row, now)).collect_view();
    let nothing = group.row.secrets == 0;
    let more = match hidden {
        0 => None,
        1 => Some("And 1 that you may not see here.".to_owned()),
        hidden => Some(format!("And {hidden} that you may not see here.")),
    };
    let inside = view! {
        <Table caption="Secrets that were shared with this group" columns=SHARED>{rows}</Table>
        {nothing.then(|| view! { <p>"No secret was shared with this group."</p> })}
        {more.map(|more| view! { <p>{more}</p> })}
    };
    view! { <Panel id="shared" title="Shared secrets">{inside}</Panel> }
}

fn shared_row(row: &SharedRow, now: Timestamp) -> impl IntoView + use<> {
    let ends = match row.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=Secret { id: row.secret }.href()><code>{row.name.clone()}</code></a>
            </th>
            <td data-label="Environment">{environment_mark(&row.environment, row.protected)}</td>
            <td data-label="Ends">{ends}</td>
        </tr>
    }
}

fn remove_panel(page: &Group, group: &GroupDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let turn = shown.turn.of(Remove::BUTTON);
    let error = turn.and_then(|turn| turn.error("typed"));
    let typed = turn.map(|turn| turn.typed("typed")).unwrap_or_default();
    let name = group.row.name.clone();
    let inside = view! {
        <p>"Its members lose the roles and secrets that they have by this group alone."</p>
        <form method="post" action=page.href()>
            <input type="hidden" name="name" value=name.clone() />
            <crate::ui::Field
                name="typed"
                label=format!("Type “{name}” to remove the group")
                value=typed
                autofocus=error.is_some()
                error
            />
            <div class="actions">
                <button class="danger" name="action" value=Remove::BUTTON>"Remove the group"</button>
            </div>
        </form>
    };
    view! { <Panel id="remove" title="Remove the group">{inside}</Panel> }
}
