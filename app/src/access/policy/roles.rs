//! Policy for roles: who sees what they hold, and who changes it.

use crate::access::store::roles::{Held, RoleFacts};
use crate::identities::policy::ListIdentities;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Grounds, Principal, Reason, RoleName};

/// Permission to add, change and remove roles.
pub const EDIT: &str = "role.edit";

/// Decides whether `who` may know of roles.
fn know(who: &Principal) -> Decision {
    who.holds(ListIdentities::NAME).everywhere().or_hidden()
}

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

/// List the roles.
pub struct ListRoles;

impl Action for ListRoles {
    const NAME: &'static str = "role.list";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListIdentities::NAME).everywhere()
    }
}

/// Read what a role holds, and who has it.
pub struct ReadRole {
    pub name: RoleName,
}

impl Action for ReadRole {
    const NAME: &'static str = "role.read";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = RoleFacts;
    type Effect = Read;

    fn about(&self) -> RoleName {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        Resource::of("role", &self.name)
    }

    fn decide(&self, who: &Principal, _: &RoleFacts) -> Decision {
        know(who)
    }
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

/// See who would gain and lose what if a role held other permissions.
pub struct PreviewRole {
    pub name: RoleName,
    pub rows: Vec<Held>,
}

impl Action for PreviewRole {
    const NAME: &'static str = "role.preview";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    type Facts = RoleFacts;
    type Effect = Read;

    fn about(&self) -> RoleName {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        Resource::of("role", &self.name).with("holds", spelled(&self.rows))
    }

    fn decide(&self, who: &Principal, about: &RoleFacts) -> Decision {
        change(who, about)
    }
}

/// Change what a role holds.
pub struct EditRole {
    pub name: RoleName,
    pub rows: Vec<Held>,
    /// The version of the policy that the preview was made with.
    pub seen: i64,
}

impl Action for EditRole {
    const NAME: &'static str = "role.edit";
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = RoleFacts;
    type Effect = Write;

    fn about(&self) -> RoleName {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        Resource::of("role", &self.name).with("holds", spelled(&self.rows)).with("seen", self.seen.to_string())
    }

    fn decide(&self, who: &Principal, about: &RoleFacts) -> Decision {
        change(who, about)
    }
}

/// Remove a role that nobody has.
pub struct RemoveRole {
    pub name: RoleName,
}

impl Action for RemoveRole {
    const NAME: &'static str = "role.remove";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = RoleFacts;
    type Effect = Write;

    fn about(&self) -> RoleName {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        Resource::of("role", &self.name)
    }

    fn decide(&self, who: &Principal, about: &RoleFacts) -> Decision {
        change(who, about)
    }
}
