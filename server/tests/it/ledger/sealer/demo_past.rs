//! The demonstration's past is there before anything is sealed, or it is not written at all.

use super::seals::{seal, signer, verify};
use crate::support::world::{Setup, World};
use doorward::TimeSpan;
use server::demo::{self, Past};

async fn invented(world: &World) -> i64 {
    world.records().with("request", "demonstration").count().await
}

async fn nobody() -> World {
    World::with(Setup { people: false, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_begins_with_a_month_that_verifies() {
    let (world, signer) = (nobody().await, signer());
    demo::demo(&world.backend, Past::Month).await.expect("it is made");
    assert!(invented(&world).await > 300);
    assert_eq!(world.highest_version().await, 4);
    world.clock.advance(TimeSpan::minutes(1));
    seal(&world, &signer).await;
    verify(&world, &signer, None).await.expect("it is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_sealed_gets_no_invented_past() {
    let (world, signer) = (nobody().await, signer());
    world.visitor().get("/secrets").await;
    world.clock.advance(TimeSpan::minutes(1));
    seal(&world, &signer).await;
    demo::demo(&world.backend, Past::Month).await.expect("it is made");
    assert_eq!(invented(&world).await, 0);
    world.visitor().get("/secrets").await;
    world.clock.advance(TimeSpan::minutes(1));
    seal(&world, &signer).await;
    verify(&world, &signer, None).await.expect("nothing looks added");
}

/// So *Readers* and *Consumers* of a secret tell of versions that were there.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_the_demonstration_is_younger_than_its_use() {
    let world = nobody().await;
    demo::demo(&world.backend, Past::Month).await.expect("it is made");
    let younger =
        "select count(*) from audit a join secrets s on a.resource = 'secret:' || s.id where a.at < s.created_at";
    assert_eq!(world.count(younger).await, 0);
    let about = "select count(*) from audit a join secrets s on a.resource = 'secret:' || s.id";
    assert!(world.count(about).await > 100);
    assert_eq!(world.secrets().having("rotation_days").count().await, 4);
}
