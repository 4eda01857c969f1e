//! Policy for groups: who sees them, and who changes their members and what they hold.

use crate::identities::policy::{GiveRole, ListIdentities};
use crate::identities::store::groups::GroupFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, GroupId, GroupName, IdentityId, Principal, Reason, TimeSpan, Within};

/// Permission to add groups and to change their members.
pub const EDIT: &str = "group.edit";

/// Decides whether `who` may know of groups.
fn know(who: &Principal) -> Decision {
    who.holds(ListIdentities::NAME).everywhere().or_hidden()
}

/// Decides about a change of a group: nobody changes a group that they are in, because that changes
/// what they may do themselves.
fn change(permission: &str, who: &Principal, about: &GroupFacts) -> Decision {
    let of_others = Decision::when(!about.includes_principal, Grounds::default(), Reason::SamePerson);
    know(who).and(who.holds(permission).everywhere()).and(of_others)
}

/// List the groups.
pub struct ListGroups;

impl Action for ListGroups {
    const NAME: &'static str = "group.list";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListIdentities::NAME).everywhere()
    }
}

/// Read a group: its members, its roles, and the secrets that were shared with it.
pub struct ReadGroup {
    pub id: GroupId,
}

impl Action for ReadGroup {
    const NAME: &'static str = "group.read";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = GroupFacts;
    type Effect = Read;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id)
    }

    fn decide(&self, who: &Principal, _: &GroupFacts) -> Decision {
        know(who)
    }
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

/// Remove a group. Its members lose what they have by it alone.
pub struct RemoveGroup {
    pub id: GroupId,
}

impl Action for RemoveGroup {
    const NAME: &'static str = "group.remove";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = GroupFacts;
    type Effect = Write;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id)
    }

    fn decide(&self, who: &Principal, about: &GroupFacts) -> Decision {
        change(EDIT, who, about)
    }
}

/// Add somebody to a group, or change the end of a membership.
pub struct AddMember {
    pub id: GroupId,
    /// The sign-in name.
    pub whom: String,
    /// How long the membership lasts; `None` for no end.
    pub lasts: Option<TimeSpan>,
}

impl Action for AddMember {
    const NAME: &'static str = "group.add_member";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = GroupFacts;
    type Effect = Write;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id).with("lasts", lasts(self.lasts)).with("whom", &self.whom)
    }

    fn decide(&self, who: &Principal, about: &GroupFacts) -> Decision {
        change(EDIT, who, about).and(who.is_not(&self.whom))
    }
}

/// Remove somebody from a group.
pub struct RemoveMember {
    pub id: GroupId,
    pub whom: IdentityId,
}

impl Action for RemoveMember {
    const NAME: &'static str = "group.remove_member";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = GroupFacts;
    type Effect = Write;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id).with("whom", self.whom.as_str())
    }

    fn decide(&self, who: &Principal, about: &GroupFacts) -> Decision {
        change(EDIT, who, about)
    }
}

/// Give a role to every member of a group.
pub struct GiveGroupRole {
    pub id: GroupId,
    /// The role's name.
    pub role: String,
    /// Where the role counts.
    pub within: Within,
    /// How long it lasts; `None` for no end.
    pub lasts: Option<TimeSpan>,
}

impl Action for GiveGroupRole {
    const NAME: &'static str = "group.give_role";
    const PERMISSION: Option<&'static str> = Some(GiveRole::NAME);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = GroupFacts;
    type Effect = Write;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id)
            .with("lasts", lasts(self.lasts))
            .with("role", &self.role)
            .with("within", self.within.as_str())
    }

    fn decide(&self, who: &Principal, about: &GroupFacts) -> Decision {
        change(GiveRole::NAME, who, about)
    }
}

/// Take a role away from a group.
pub struct TakeGroupRole {
    pub id: GroupId,
    /// The role's name.
    pub role: String,
    /// Where the role counts.
    pub within: Within,
}

impl Action for TakeGroupRole {
    const NAME: &'static str = "group.take_role";
    const PERMISSION: Option<&'static str> = Some(GiveRole::NAME);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = GroupFacts;
    type Effect = Write;

    fn about(&self) -> GroupId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("group", self.id).with("role", &self.role).with("within", self.within.as_str())
    }

    fn decide(&self, who: &Principal, about: &GroupFacts) -> Decision {
        change(GiveRole::NAME, who, about)
    }
}

fn lasts(span: Option<TimeSpan>) -> String {
    span.map(|span| format!("{}s", span.0 / 1000)).unwrap_or_default()
}
