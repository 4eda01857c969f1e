//! Policy for questions about everybody: who holds a permission, and which roles nobody needs.

use crate::identities::policy::{GiveRole, ListIdentities};
use crate::page::for_holders;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Grounds, IdentityId, Principal, Reason, Within};

/// Read who holds a permission.
pub struct ListHolders {
    /// `None` before one was chosen.
    pub permission: Option<String>,
    /// `None` for everywhere.
    pub environment: Option<Environment>,
}

impl Action for ListHolders {
    const NAME: &'static str = "permission.list_holders";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let within = self.environment.as_ref().map_or("", Environment::as_str);
        Resource::none().with("permission", self.permission.as_deref().unwrap_or_default()).with("within", within)
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListIdentities::NAME).everywhere()
    }
}

for_holders! {
    /// Read which roles were not needed for 90 days.
    ListUnusedRoles = "role.list_unused", Read, ListIdentities::NAME;
}

/// A role that an account has by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRole {
    pub identity: IdentityId,
    pub role: String,
    pub within: Within,
}

/// Take several roles away at once.
pub struct TakeRoles {
    pub roles: Vec<OwnRole>,
}

impl Action for TakeRoles {
    const NAME: &'static str = "role.take_unused";
    const PERMISSION: Option<&'static str> = Some(GiveRole::NAME);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        let spelled = |own: &OwnRole| format!("{}:{}@{}", own.identity, own.role, own.within.as_str());
        Resource::none().with("roles", self.roles.iter().map(spelled).collect::<Vec<_>>().join(","))
    }

    /// Nobody changes what they may do themselves.
    fn decide(&self, who: &Principal, (): &()) -> Decision {
        let is_own = self.roles.iter().any(|own| own.identity == who.identity);
        let of_others = Decision::when(!is_own, Grounds::default(), Reason::SamePerson);
        let may_list = who.holds(ListIdentities::NAME).everywhere();
        may_list.and(who.holds(GiveRole::NAME).everywhere()).and(of_others)
    }
}
