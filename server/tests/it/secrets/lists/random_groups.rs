//! Groups by chance, for the worlds in which lists are compared with decisions.

use crate::secrets::lists::{Chance, ROLES, run};
use crate::support::world::World;
use doorward::Clock;

/// Groups with members, roles and grants of which some have ended.
pub async fn random_groups(world: &World, chance: &mut Chance, people: &[String], secrets: &[String]) {
    let now = world.clock.now().0;
    let ends = ["null".to_owned(), now.to_string(), (now + 3_000_000).to_string()];
    for group in ["one", "two"] {
        run(
            world,
            format!("insert into identity_groups (id, name, purpose, created_at) values ('{group}', '{group}', '', 1)"),
        )
        .await;
        for person in people.iter().filter(|_| chance.one_in(2)).collect::<Vec<_>>() {
            let ends = chance.one_of(&ends);
            run(world, format!("insert into group_members (group_id, identity, ends_at, added_at) values ('{group}', '{person}', {ends}, 1)")).await;
        }
        for role in ROLES {
            if chance.one_in(3) {
                let (within, ends) = (chance.one_of(&["*", "dev", "lab"]), chance.one_of(&ends));
                run(world, format!("insert into group_roles (group_id, role, environment, ends_at, given_at) values ('{group}', '{role}', '{within}', {ends}, 1)")).await;
            }
        }
        for secret in secrets {
            if chance.one_in(5) {
                let ends = chance.one_of(&ends);
                run(world, format!("insert into group_grants (group_id, secret, granted_at, ends_at) values ('{group}', '{secret}', 1, {ends})")).await;
            }
        }
    }
}
