//! Policy for groups: who sees them, and who changes their members and what they hold.

use crate::identities::policy::{GiveRole, ListIdentities, know};
use crate::identities::store::groups::GroupFacts;
use crate::page::for_holders;
use doorward::action::{Action, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, GroupId, GroupName, IdentityId, Principal, Reason, TimeSpan, Within, questions};

/// Permission to add groups and to change their members.
pub const EDIT: &str = "group.edit";

/// Decides about a change of a group: nobody changes a group that they are in, because that changes
/// what they may do themselves.
fn change(permission: &str, who: &Principal, about: &GroupFacts) -> Decision {
    let of_others = Decision::when(!about.includes_principal, Grounds::default(), Reason::SamePerson);
    know(who).and(who.holds(permission).everywhere()).and(of_others)
}

for_holders! {
    /// List the groups.
    ListGroups = "group.list", Read, ListIdentities::NAME;
}

/// Add a group without members.
pub struct AddGroup {
    pub name: GroupName,
    pub purpose: String,
}

impl Action for AddGroup {
    const NAME: &'static str = "group.add";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("name", self.name.as_str()).with("purpose", &self.purpose)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
}

questions! {
    /// Read a group: its members, its roles, and the secrets that were shared with it.
    ReadGroup { id: GroupId } = "group.read", Read, permission Some(ListIdentities::NAME),
        |who, _: &GroupFacts| know(who);
    /// Remove a group. Its members lose what they have by it alone.
    RemoveGroup { id: GroupId } = "group.remove", Write, permission Some(EDIT), needs Fresh,
        |who, about: &GroupFacts| change(EDIT, who, about);
    /// Add somebody to a group, or change the end of a membership.
    AddMember {
        id: GroupId,
        /// How long the membership lasts; `None` for no end.
        lasts: Option<TimeSpan> = lasts,
        /// The sign-in name.
        whom: String = String::clone,
    } = "group.add_member", Write, permission Some(EDIT), needs Fresh,
        |who, about: &GroupFacts, add| change(EDIT, who, about).and(who.is_not(&add.whom));
    /// Remove somebody from a group.
    RemoveMember {
        id: GroupId,
        whom: IdentityId = IdentityId::to_string,
    } = "group.remove_member", Write, permission Some(EDIT), needs Fresh,
        |who, about: &GroupFacts| change(EDIT, who, about);
    /// Give a role to every member of a group.
    GiveGroupRole {
        id: GroupId,
        /// How long it lasts; `None` for no end.
        lasts: Option<TimeSpan> = lasts,
        /// The role's name.
        role: String = String::clone,
        /// Where the role counts.
        within: Within = Within::as_str,
    } = "group.give_role", Write, permission Some(GiveRole::NAME), needs Fresh,
        |who, about: &GroupFacts| change(GiveRole::NAME, who, about);
    /// Take a role away from a group.
    TakeGroupRole {
        id: GroupId,
        /// The role's name.
        role: String = String::clone,
        /// Where the role counts.
        within: Within = Within::as_str,
    } = "group.take_role", Write, permission Some(GiveRole::NAME), needs Fresh,
        |who, about: &GroupFacts| change(GiveRole::NAME, who, about);
}

fn lasts(span: &Option<TimeSpan>) -> String {
    span.map(|span| format!("{}s", span.0 / 1000)).unwrap_or_default()
}
