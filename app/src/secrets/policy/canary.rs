//! Policy for canaries: who may see which secrets are canaries, and who may make them.
//!
//! The records are about `canary:…` and not about `secret:…`: the history of a secret must not tell
//! its other keepers.

use crate::secrets::policy::{AddSecret, keep, know};
use crate::secrets::store::{EnvironmentFacts, SecretFacts};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Principal, SecretId};

/// List the canaries that the principal may know of. Each row is also decided separately.
pub struct ListCanaries;

impl Action for ListCanaries {
    const NAME: &'static str = "secret.list_canaries";
    const PERMISSION: Option<&'static str> = Some(MarkCanary::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(MarkCanary::NAME).somewhere()
    }
}

fn mark(who: &Principal, about: &SecretFacts) -> Decision {
    know(who, about).and(who.holds(MarkCanary::NAME).within(&about.environment)).and(keep(who, about))
}

/// See whether a secret is a canary.
pub struct ReadCanary {
    pub id: SecretId,
}

impl Action for ReadCanary {
    const NAME: &'static str = "secret.read_canary";
    const PERMISSION: Option<&'static str> = Some(MarkCanary::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("canary", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        mark(who, about)
    }
}

/// Make a secret a canary, or an ordinary one again.
pub struct MarkCanary {
    pub id: SecretId,
    pub on: bool,
}

impl Action for MarkCanary {
    const NAME: &'static str = "secret.canary";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("canary", self.id).with("state", if self.on { "on" } else { "off" })
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        mark(who, about)
    }
}

/// Add a secret that is only a canary, with a plausible name and value.
pub struct AddDecoy {
    pub environment: Environment,
    /// What it looks like.
    pub shape: &'static str,
}

impl Action for AddDecoy {
    const NAME: &'static str = "secret.add_decoy";
    const PERMISSION: Option<&'static str> = Some(MarkCanary::NAME);
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.environment.clone()
    }

    fn resource(&self) -> Resource {
        Resource::none().with("environment", self.environment.as_str()).with("shape", self.shape)
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        let adds = who.holds(AddSecret::NAME).within(&about.environment);
        who.holds(MarkCanary::NAME).within(&about.environment).and(adds)
    }
}
