//! Policy for environments: who sees their rules, and who changes them. Whoever changes rules does not thereby read a
//! secret.

use crate::identities::policy::{ListIdentities, know};
use crate::page::for_holders;
use crate::secrets::store::EnvironmentFacts;
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::{Decision, Protection};
use doorward::{Environment, Grounds, Principal, questions};

/// Permission to add, change, order and remove environments.
pub const EDIT: &str = "environment.edit";

fn change(who: &Principal) -> Decision {
    know(who).and(who.holds(EDIT).everywhere())
}

fn codes(rules: &Protection) -> String {
    rules.codes()
}

fn about(environment: &Environment) -> Resource {
    Resource::of("environment", environment)
}

for_holders! {
    /// List the environments and their rules.
    ListEnvironments = "environment.list", Read, ListIdentities::NAME;
}

questions! {
    /// Read the rules of one environment.
    ReadEnvironment { name: Environment } = "environment.read", Read, permission Some(ListIdentities::NAME),
        |who, _: &EnvironmentFacts| know(who);
    /// Change the description and the rules of an environment. To take a rule off needs two factors.
    EditEnvironment {
        name: Environment,
        becomes: Protection = codes,
        /// The rules that the form was made from. The store refuses the change if they are others by now.
        was: Protection = codes,
    } = "environment.edit", Write, needs Fresh,
        |who, about: &EnvironmentFacts, edit| {
            let relaxes = edit.becomes.relaxes(about.protection);
            let proven = if relaxes { who.freshly_showed_two_factors() } else { Decision::allowed(Grounds::NONE) };
            change(who).and(proven)
        };
    /// Remove an environment that has nothing in it.
    RemoveEnvironment { name: Environment } = "environment.remove", Write, permission Some(EDIT), needs Fresh,
        |who, _: &EnvironmentFacts| change(who);
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
