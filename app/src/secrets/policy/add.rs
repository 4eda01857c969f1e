//! Policy for adding a secret.

use crate::secrets::store::EnvironmentFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Environment, Principal, SecretName};

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
