//! Groups by chance, for the worlds in which lists are compared with decisions.

use crate::secrets::lists::{Chance, ROLES};
use crate::support::rows::table::Value;
use crate::support::world::World;
use doorward::Clock;

/// Groups with members, roles and grants of which some have ended.
pub async fn random_groups(world: &World, chance: &mut Chance, people: &[String], secrets: &[String]) {
    let now = world.clock.now().0;
    let ends = [None, Some(now), Some(now + 3_000_000)];
    for group in ["one", "two"] {
        let of_group = || ("group_id", Value::from(group));
        let named = [("id", group.into()), ("name", group.into()), ("purpose", "".into()), ("created_at", 1.into())];
        world.add_row("identity_groups", &named).await;
        for person in people.iter().filter(|_| chance.one_in(2)).collect::<Vec<_>>() {
            let ends = ("ends_at", Value::from(*chance.one_of(&ends)));
            let member = [of_group(), ("identity", person.into()), ends, ("added_at", 1.into())];
            world.add_row("group_members", &member).await;
        }
        for role in ROLES {
            if chance.one_in(3) {
                let (within, ends) = (*chance.one_of(&["*", "dev", "lab"]), *chance.one_of(&ends));
                let (role, environment) = (("role", role.into()), ("environment", within.into()));
                let given = [of_group(), role, environment, ("ends_at", ends.into()), ("given_at", 1.into())];
                world.add_row("group_roles", &given).await;
            }
        }
        for secret in secrets {
            if chance.one_in(5) {
                let ends = ("ends_at", Value::from(*chance.one_of(&ends)));
                let grant = [of_group(), ("secret", secret.into()), ("granted_at", 1.into()), ends];
                world.add_row("group_grants", &grant).await;
            }
        }
    }
}
