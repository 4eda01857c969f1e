//! Policy for adding a secret, also as a copy of another one.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::{ReadSecret, RevealSecret, employ, know};
use crate::secrets::store::{EnvironmentFacts, SecretFacts};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Principal, SecretId, SecretName};

/// See the form for a new secret.
pub struct AskToAddSecret;

impl Action for AskToAddSecret {
    const NAME: &'static str = "secret.ask_to_add";
    const PERMISSION: Option<&'static str> = Some(AddSecret::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(AddSecret::NAME).somewhere()
    }
}

/// Add a secret, which the principal then owns.
pub struct AddSecret {
    pub environment: Environment,
    pub name: SecretName,
}

impl Action for AddSecret {
    const NAME: &'static str = "secret.add";
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.environment.clone()
    }

    fn resource(&self) -> Resource {
        Resource::none().with("environment", self.environment.as_str()).with("name", self.name.as_str())
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        who.holds(Self::NAME).within(&about.environment)
    }
}

/// See the form that copies a secret.
pub struct AskToCopySecret {
    pub id: SecretId,
}

impl Action for AskToCopySecret {
    const NAME: &'static str = "secret.ask_to_copy";
    const PERMISSION: Option<&'static str> = Some(AddSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Read;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(about.in_use()).and(who.holds(AddSecret::NAME).somewhere())
    }
}

/// Take what is said about a secret for a copy that gets another value. That the copy may be added is a
/// decision of its own.
pub struct CopySecret {
    pub id: SecretId,
}

impl Action for CopySecret {
    const NAME: &'static str = "secret.copy";
    const PERMISSION: Option<&'static str> = Some(ReadSecret::NAME);
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id)
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(about.in_use())
    }
}

/// Take the present value for a copy as well. It is recorded as a reveal, so that it counts as one everywhere.
pub struct CopyValue {
    pub id: SecretId,
    pub why: StatedReason,
}

impl Action for CopyValue {
    const NAME: &'static str = RevealSecret::NAME;
    const ASSURANCE: Needed = Needed::FreshWhereProtected;
    const DISCLOSES: bool = true;
    type Facts = SecretFacts;
    // The transaction is the one that adds the copy.
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        self.why.of(Resource::of("secret", self.id).with("by", "copy"))
    }

    fn lacks_reason(&self) -> bool {
        !self.why.is_enough()
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        employ(RevealSecret::NAME, who, about)
    }
}
