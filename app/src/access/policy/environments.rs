//! Policy for environments: who sees their rules, and who changes them. Whoever changes rules does not thereby read a
//! secret.

use crate::identities::policy::ListIdentities;
use crate::secrets::store::EnvironmentFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::{Decision, Protection};
use doorward::{Environment, Grounds, Principal};

/// Permission to add, change, order and remove environments.
pub const EDIT: &str = "environment.edit";

/// Decides whether `who` may know of the rules.
fn know(who: &Principal) -> Decision {
    who.holds(ListIdentities::NAME).everywhere().or_hidden()
}

fn change(who: &Principal) -> Decision {
    know(who).and(who.holds(EDIT).everywhere())
}

fn about(environment: &Environment) -> Resource {
    Resource::of("environment", environment)
}

/// List the environments and their rules.
pub struct ListEnvironments;

impl Action for ListEnvironments {
    const NAME: &'static str = "environment.list";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListIdentities::NAME).everywhere()
    }
}

/// Read the rules of one environment.
pub struct ReadEnvironment {
    pub name: Environment,
}

impl Action for ReadEnvironment {
    const NAME: &'static str = "environment.read";
    const PERMISSION: Option<&'static str> = Some(ListIdentities::NAME);
    type Facts = EnvironmentFacts;
    type Effect = Read;

    fn about(&self) -> Environment {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        about(&self.name)
    }

    fn decide(&self, who: &Principal, _: &EnvironmentFacts) -> Decision {
        know(who)
    }
}

/// Add an environment.
pub struct AddEnvironment {
    pub name: Environment,
    pub rules: Protection,
}

impl Action for AddEnvironment {
    const NAME: &'static str = "environment.add";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        about(&self.name).with("rules", self.rules.codes())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
}

/// Change the description and the rules of an environment. To take a rule off needs two factors.
pub struct EditEnvironment {
    pub name: Environment,
    /// The rules that the form was made from. The store refuses the change if they are others by now.
    pub was: Protection,
    pub becomes: Protection,
}

impl Action for EditEnvironment {
    const NAME: &'static str = EDIT;
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        about(&self.name).with("becomes", self.becomes.codes()).with("was", self.was.codes())
    }

    fn decide(&self, who: &Principal, about: &EnvironmentFacts) -> Decision {
        let relaxes = self.becomes.relaxes(about.protection);
        let proven = if relaxes { who.freshly_showed_two_factors() } else { Decision::allowed(Grounds::NONE) };
        change(who).and(proven)
    }
}

/// Move an environment up or down in every list.
pub struct MoveEnvironment {
    pub name: Environment,
    pub up: bool,
}

impl Action for MoveEnvironment {
    const NAME: &'static str = "environment.move";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    // The environment itself decides nothing, so a refusal is the same whether there is one of this name.
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        about(&self.name).with("to", if self.up { "up" } else { "down" })
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(EDIT).everywhere()
    }
}

/// Remove an environment that has nothing in it.
pub struct RemoveEnvironment {
    pub name: Environment,
}

impl Action for RemoveEnvironment {
    const NAME: &'static str = "environment.remove";
    const PERMISSION: Option<&'static str> = Some(EDIT);
    const ASSURANCE: Needed = Needed::Fresh;
    type Facts = EnvironmentFacts;
    type Effect = Write;

    fn about(&self) -> Environment {
        self.name.clone()
    }

    fn resource(&self) -> Resource {
        about(&self.name)
    }

    fn decide(&self, who: &Principal, _: &EnvironmentFacts) -> Decision {
        change(who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_change_has_the_rules_before_and_after() {
        let becomes = Protection { no_machines: true, ..Protection::NONE };
        let name = Environment::nothing();
        let parameters = EditEnvironment { name, was: Protection::FRESH, becomes }.resource().parameters;
        assert_eq!(parameters, "becomes=no_machines&was=fresh");
    }
}
