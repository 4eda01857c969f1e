//! Policy for the roles that an identity has.

use crate::identities::policy::change;
use crate::identities::store::IdentityFacts;
use doorward::action::{Action, Needed, Resource, Write};
use doorward::policy::Decision;
use doorward::{IdentityId, Principal, TimeSpan, Within};

/// Give an identity a role.
pub struct GiveRole {
    pub id: IdentityId,
    /// The role's name.
    pub role: String,
    /// Where the role counts.
    pub within: Within,
    /// How long it lasts; `None` for no end.
    pub lasts: Option<TimeSpan>,
}

impl Action for GiveRole {
    const NAME: &'static str = "role.give";
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = IdentityFacts;
    type Effect = Write;

    fn about(&self) -> IdentityId {
        self.id
    }

    fn resource(&self) -> Resource {
        let lasts = self.lasts.map(|span| format!("{}s", span.0 / 1000)).unwrap_or_default();
        Resource::of("identity", self.id)
            .with("lasts", lasts)
            .with("role", &self.role)
            .with("within", self.within.as_str())
    }

    fn decide(&self, who: &Principal, about: &IdentityFacts) -> Decision {
        change(Self::NAME, who, about)
    }
}

/// Take a role away from an identity.
pub struct TakeRole {
    pub id: IdentityId,
    /// The role's name.
    pub role: String,
    /// Where the role counts.
    pub within: Within,
}

impl Action for TakeRole {
    const NAME: &'static str = "role.take";
    const PERMISSION: Option<&'static str> = Some(GiveRole::NAME);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = IdentityFacts;
    type Effect = Write;

    fn about(&self) -> IdentityId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("identity", self.id).with("role", &self.role).with("within", self.within.as_str())
    }

    fn decide(&self, who: &Principal, about: &IdentityFacts) -> Decision {
        change(GiveRole::NAME, who, about)
    }
}
