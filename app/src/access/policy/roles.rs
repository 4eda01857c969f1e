//! Policy for roles: who sees what they hold, and who changes it.

use crate::access::store::roles::{Held, RoleFacts};
use crate::identities::policy::{ListIdentities, know};
use crate::page::for_holders;
use doorward::action::{Action, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, Principal, Reason, RoleName, questions};

/// Permission to add, change and remove roles.
pub const EDIT: &str = "role.edit";

/// Decides about a change of a role: nobody changes a role that they hold, because that changes what
/// they may do themselves.
fn change(who: &Principal, about: &RoleFacts) -> Decision {
    let of_others = Decision::when(!about.held_by_principal, Grounds::default(), Reason::SamePerson);
    know(who).and(who.holds(EDIT).everywhere()).and(of_others)
}

/// Lists permissions as a record's parameter, for example `secret.read@dev,secret.list@*`.
fn spelled(rows: &[Held]) -> String {
    rows.iter().map(|row| format!("{}@{}", row.permission, row.within.as_str())).collect::<Vec<_>>().join(",")
}

for_holders! {
    /// List the roles.
    ListRoles = "role.list", Read, ListIdentities::NAME;
}

questions! {
    /// Read what a role holds, and who has it.
    ReadRole { name: RoleName } = "role.read", Read, permission Some(ListIdentities::NAME),
        |who, _: &RoleFacts| know(who);
    /// See who would gain and lose what if a role held other permissions.
    PreviewRole { name: RoleName, holds: Vec<Held> = spelled } = "role.preview", Read, permission Some(EDIT),
        |who, about: &RoleFacts| change(who, about);
    /// Change what a role holds.
    EditRole {
        name: RoleName,
        holds: Vec<Held> = spelled,
        /// The version of the policy that the preview was made with.
        seen: i64 = i64::to_string,
    } = "role.edit", Write, needs Fresh,
        |who, about: &RoleFacts| change(who, about);
    /// Remove a role that nobody has.
    RemoveRole { name: RoleName } = "role.remove", Write, permission Some(EDIT), needs Fresh,
        |who, about: &RoleFacts| change(who, about);
}

/// Add a role that holds nothing, or what another role holds.
pub struct AddRole {
    pub name: RoleName,
    pub purpose: String,
    /// The role to copy.
    pub like: Option<RoleName>,
}

impl Action for AddRole {
    const NAME: &'static str = "role.add";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let like = self.like.as_ref().map_or("", RoleName::as_str);
        Resource::of("role", &self.name).with("like", like).with("purpose", &self.purpose)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
}
