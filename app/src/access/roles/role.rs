//! The page of one role: what it holds, who has it, and its editor.

use crate::access::policy::roles as policy;
use crate::access::roles::edit::{Apply, Preview, editor};
use crate::access::roles::list::RoleList;
use crate::access::roles::preview::preview_panel;
use crate::access::store::roles::{Held, Holder, RoleDetail, RoleError, RolePreview};
use crate::backend::Permit;
use crate::console::{Console, request};
use crate::identities::identity::Identity;
use crate::page::error::PageError;
use crate::page::form::{Form, sentence};
use crate::page::{Address, FormAction, FormOutcome, Page, Requested, ViewContext};
use crate::ui::time::Until;
use crate::ui::{Column, PageHeader, Panel, Table};
use doorward::{RoleName, Timestamp, Within};
use leptos::prelude::*;

#[derive(Clone)]
pub struct Role {
    pub name: RoleName,
}

impl Address for Role {
    /// A name that no role can have is answered like one that no role has.
    fn at(asked: &mut Requested<'_>) -> Self {
        let segment = asked.segment("id");
        let name = RoleName::parse(segment).ok().filter(|name| name.as_str() == segment);
        Self { name: name.unwrap_or_else(RoleName::nothing) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.name.to_string())]
    }
}

impl Page for Role {
    type Opens = policy::ReadRole;
    type Data = RoleDetail;
    type Within = Console;
    type Actions = (Preview, Apply, Remove);

    fn opens(&self) -> policy::ReadRole {
        policy::ReadRole { name: self.name.clone() }
    }

    fn within(&self) -> Console {
        Console
    }

    async fn load(&self, permit: Permit<policy::ReadRole>) -> Result<RoleDetail, PageError> {
        Ok(request()?.backend.role(permit).await?)
    }

    fn title(&self, role: &RoleDetail) -> String {
        format!("Role {}", role.role.name)
    }

    fn view(&self, role: RoleDetail, shown: &ViewContext) -> AnyView {
        view(self, &role, shown).into_any()
    }
}

/// What went wrong with a change, beside the field `field`.
pub(super) fn refused(field: &'static str, error: RoleError) -> PageError {
    let message = match error {
        RoleError::Store(error) => return error.into(),
        RoleError::Stale => {
            "The policy has changed since the preview, so nothing was changed. Look at the preview again.".to_owned()
        }
        RoleError::BuiltIn => {
            "This role comes with Doorward and stays as it is. Add a role that starts with what it holds.".to_owned()
        }
        RoleError::InUse => {
            "Somebody or some group has this role, or had it until a date. Take it away there first.".to_owned()
        }
        RoleError::LastAdministrator => "Nobody could give roles any more then.".to_owned(),
        other => sentence(&other.to_string()),
    };
    PageError::invalid(field, message)
}

/// Removes the role.
pub struct Remove;

impl FormAction<Role> for Remove {
    const BUTTON: &'static str = "remove";
    const FIELDS: &'static [&'static str] = &[];
    type Asks = policy::RemoveRole;
    type Input = ();

    fn read(_: &Form) -> Result<(), PageError> {
        Ok(())
    }

    fn asks(page: &Role, (): &()) -> policy::RemoveRole {
        policy::RemoveRole { name: page.name.clone() }
    }

    async fn run(_: &Role, permit: Permit<policy::RemoveRole>, (): ()) -> Result<FormOutcome, PageError> {
        request()?.backend.remove_role(permit).await.map_err(|error| refused("remove", error))?;
        Ok(FormOutcome::SeeOther(RoleList::default().path(), Some("The role was removed.")))
    }
}

fn view(page: &Role, role: &RoleDetail, shown: &ViewContext) -> impl IntoView + use<> {
    let why_not = match (role.role.is_built_in, role.held_by_principal) {
        (true, _) => Some("This role comes with Doorward. To change it, add a role that starts with what it holds."),
        (false, true) => Some("You have this role, so somebody else has to change it."),
        (false, false) => None,
    };
    let preview = shown.turn.done::<RolePreview>();
    view! {
        <PageHeader title=role.role.name.clone() purpose=role.role.purpose.clone()>
            <a class="button" href=RoleList::default().href()>"All roles"</a>
        </PageHeader>
        {why_not.map(|why| view! { <p class="notice" role="note">{why}</p> })}
        <div class="panels">
            {preview.map(|preview| preview_panel(page, preview))}
            {if role.may_edit { editor(page, role, shown).into_any() } else { held_panel(&role.held).into_any() }}
            {holders_panel(role, shown.now)}
            {role.may_edit.then(|| remove_panel(page, shown))}
        </div>
    }
}

const HELD: &[Column] = &[Column::Text("Permission"), Column::Text("Where")];

fn held_panel(held: &[Held]) -> impl IntoView + use<> {
    let mut names: Vec<&str> = held.iter().map(|row| row.permission.as_str()).collect();
    names.dedup();
    let rows = names.into_iter().map(|name| {
        let scopes = held.iter().filter(|row| row.permission == name).map(|row| match &row.within {
            Within::Everywhere => "Everywhere".to_owned(),
            Within::Only(environment) => environment.to_string(),
        });
        let scopes = scopes.collect::<Vec<_>>().join(", ");
        view! {
            <tr>
                <th scope="row"><code>{name.to_owned()}</code></th>
                <td data-label="Where">{scopes}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Panel id="held" title="What it holds">
            <Table caption="The permissions of this role" columns=HELD>{rows}</Table>
        </Panel>
    }
}

const HOLDERS: &[Column] = &[Column::Text("Account"), Column::Text("Where"), Column::Text("By"), Column::Text("Ends")];

fn holders_panel(role: &RoleDetail, now: Timestamp) -> impl IntoView + use<> {
    let none = role.holders.is_empty();
    let more = role.role.holders - i64::try_from(role.holders.len()).unwrap_or_default();
    let rows = role.holders.iter().map(|holder| holder_row(holder, now)).collect_view();
    let inside = view! {
        <Table caption="Who has this role" columns=HOLDERS>{rows}</Table>
        {none.then(|| view! { <p>"Nobody has this role."</p> })}
        {(more > 0).then(|| view! { <p>{format!("And {more} more.")}</p> })}
    };
    view! { <Panel id="holders" title="Who has it">{inside}</Panel> }
}

fn holder_row(holder: &Holder, now: Timestamp) -> impl IntoView + use<> {
    let within = match &holder.within {
        Within::Everywhere => "Everywhere".to_owned(),
        Within::Only(environment) => format!("Only in {environment}"),
    };
    let by = holder.by_group.as_ref().map_or_else(|| "Given to them".to_owned(), |group| format!("The group {group}"));
    let ends = match holder.ends {
        Some(at) => view! { "in " <Until at now /> }.into_any(),
        None => "No end".into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a href=Identity { id: holder.identity }.href()><bdi>{holder.display_name.clone()}</bdi></a>
            </th>
            <td data-label="Where">{within}</td>
            <td data-label="By">{by}</td>
            <td data-label="Ends">{ends}</td>
        </tr>
    }
}

fn remove_panel(page: &Role, shown: &ViewContext) -> impl IntoView + use<> {
    let error = shown.turn.of(Remove::BUTTON).and_then(|turn| turn.error("remove"));
    let inside = view! {
        {error.map(|message| view! { <p class="notice" role="alert">{message}</p> })}
        <p>"A role can be removed when nobody and no group has it."</p>
        <form method="post" action=page.href()>
            <div class="actions">
                <button class="danger" name="action" value=Remove::BUTTON>"Remove the role"</button>
            </div>
        </form>
    };
    view! { <Panel id="remove" title="Remove the role">{inside}</Panel> }
}
