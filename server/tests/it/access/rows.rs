//! Questions about everybody agree with the decisions of each, in random worlds.

use crate::secrets::lists::{Chance, random_world};
use crate::support::principal::nobody;
use crate::support::world::World;
use doorward::{Clock, Environment, Holding, IdentityId, Principal};
use server::access::roles::preview::compare;
use server::access::rows::{PolicyRows, reach};
use server::db::transaction::Source;
use server::identities::held::held_by;
use std::collections::BTreeSet;

async fn rows(world: &World) -> PolicyRows {
    let mut source = Source::reader(&world.backend.database);
    PolicyRows::now(&mut source, world.clock.now(), 10_000).await.expect("an answer")
}

fn reached(holdings: &[Holding], environments: &[Environment]) -> BTreeSet<(String, String)> {
    reach(holdings, environments)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybodys_rows_hold_what_each_session_holds() {
    let mut chance = Chance::new();
    let (world, _) = random_world(&mut chance).await;
    let rows = rows(&world).await;
    for account in &rows.accounts {
        let mut source = Source::reader(&world.backend.database);
        let held = held_by(&mut source, account.identity, world.clock.now()).await.expect("an answer");
        let (all, own) = (rows.held(account.identity).holdings, held.holdings);
        assert_eq!(reached(&all, &rows.environments), reached(&own, &rows.environments), "{}", account.name);
    }
}

/// The preview of a change is what the change does, to permissions and to secrets.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_is_what_the_change_does() {
    let mut chance = Chance::new();
    let (world, _) = random_world(&mut chance).await;
    for _ in 0..10 {
        let before = rows(&world).await;
        let role = chance.one_of(&before.permissions).role.clone();
        let permissions: Vec<_> = before.permissions.iter().map(|row| row.permission.clone()).collect();
        let mut held = BTreeSet::new();
        for _ in 0..chance.below(8) {
            let environment = chance.one_of(&["*", "dev", "staging", "production", "lab"]);
            held.insert((chance.one_of(&permissions).clone(), (*environment).to_owned()));
        }
        let held: Vec<_> = held.into_iter().collect();
        let asker = everybodys_eyes(&before);
        let preview = compare(&before, &before.clone().with_role(&role, &held), &asker);
        world.table("role_permissions").with("role", &*role).remove().await;
        for (permission, environment) in &held {
            world.permit(&role, permission, environment).await;
        }
        let after = rows(&world).await;
        assert_eq!(preview, compare(&before, &after, &asker), "{role}: {held:?}");
    }
}

/// A principal that sees every secret, so that the preview names all.
fn everybodys_eyes(rows: &PolicyRows) -> Principal {
    let all = ["secret.read", "secret.inventory"].map(|permission| Holding {
        role: "eyes".into(),
        permission: permission.into(),
        within: doorward::Within::Everywhere,
    });
    let account = rows.accounts.first().expect("somebody");
    let nobody = nobody();
    Principal { identity: IdentityId::NOTHING, holdings: all.into(), ..rows.principal(account, &nobody) }
}
