//! Due dates are told once, to whom they concern, by one process.

use super::{DAY, after, grant_to, set};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use server::secrets::rotation::due::DueNotices;

async fn look(world: &World) {
    DueNotices::of(&world.backend).once(world.clock.now()).await.expect("it looks");
}

/// A secret of omar's that was just rotated, with a period of thirty days.
async fn rotated(world: &World) -> String {
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "new")]).await;
    assert_eq!(set(&mut omar, &id, "30").await, StatusCode::SEE_OTHER);
    id
}

async fn told(world: &World, name: &str) -> Vec<String> {
    world.notices().like("kind", "rotation%").whose("identity", name).ordered("id").each("kind").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_told_once_when_due_and_once_when_overdue() {
    let world = World::new().await;
    let id = rotated(&world).await;
    let expected: [(i64, &[&str]); 6] = [
        (22, &[]),
        (1, &["rotation_due"]),
        (3, &["rotation_due"]),
        (4, &["rotation_due", "rotation_overdue"]),
        (9, &["rotation_due", "rotation_overdue"]),
        (0, &["rotation_due", "rotation_overdue"]),
    ];
    for (days, kinds) in expected {
        world.clock.advance(TimeSpan(days * DAY.0));
        look(&world).await;
        assert_eq!(told(&world, "omar").await, kinds, "{days} days later");
        world.notices().set("read_at", 1).await;
    }
    let mut omar = after(&world, 0, "omar").await;
    let inbox = omar.get("/inbox").await.page();
    assert!(inbox.shows("is due for rotation on ") && inbox.shows("is overdue for rotation since "), "{inbox}");
    assert!(inbox.links_to(&format!("/secrets/{id}")), "with its link");
    // A new value begins a new period, of which they are told again.
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "newer")]).await;
    look(&world).await;
    assert_eq!(told(&world, "omar").await.len(), 2);
    world.clock.advance(TimeSpan(31 * DAY.0));
    look(&world).await;
    assert_eq!(told(&world, "omar").await[2..], ["rotation_overdue"], "only what is so now");
}

/// Two tasks that look at the same moment are as two processes.
#[tokio::test(flavor = "multi_thread")]
async fn two_processes_tell_of_a_due_date_once() {
    let world = World::new().await;
    world.secrets().set("rotation_days", 1).await;
    world.secrets().set("rotated_at", 1).await;
    let archived = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    omar.post(&format!("/secrets/{archived}/edit"), &[("action", "archive")]).await;
    let (one, other) = (DueNotices::of(&world.backend), DueNotices::of(&world.backend));
    let now = world.clock.now();
    let (first, second) = tokio::join!(one.once(now), other.once(now));
    assert_eq!((first, second), (Ok(()), Ok(())));
    let told = world.notices().with("kind", "rotation_overdue").count().await;
    assert_eq!(told, 199, "one for each secret that is in use");
    let of_the_archived = world.notices().with("kind", "rotation_overdue").each("coalesce(secret, '')").await;
    assert!(!of_the_archived.contains(&archived));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_owner_those_who_may_rotate_are_told() {
    let world = World::new().await;
    let id = rotated(&world).await;
    grant_to(&world, &id, &["vera", "ada", "petra"]).await;
    world.identities().with("name", "omar").set("frozen_at", 1).await;
    world.clock.advance(TimeSpan(25 * DAY.0));
    look(&world).await;
    for (name, count) in [("omar", 0), ("ada", 1), ("vera", 0), ("petra", 0), ("quinn", 0)] {
        assert_eq!(told(&world, name).await.len(), count, "{name}");
    }
    // An owner who may not even know of it any more is as none.
    world.identities().with("name", "omar").set("frozen_at", None::<i64>).await;
    world.table("identity_roles").whose("identity", "omar").remove().await;
    world.clock.advance(TimeSpan(9 * DAY.0));
    look(&world).await;
    assert_eq!(told(&world, "omar").await.len(), 0);
    assert_eq!(told(&world, "ada").await, ["rotation_due", "rotation_overdue"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_of_due_dates_can_be_muted() {
    let world = World::new().await;
    rotated(&world).await;
    let mut omar = world.sign_in("omar").await;
    let settings = omar.get("/settings").await.page();
    assert!(settings.shows("A secret of mine is due for a new value"), "{settings}");
    let fields = [("action", "notices"), ("rotation_overdue", "yes")];
    assert_eq!(omar.post("/settings", &fields).await.status, StatusCode::SEE_OTHER);
    world.clock.advance(TimeSpan(25 * DAY.0));
    look(&world).await;
    world.clock.advance(TimeSpan(9 * DAY.0));
    look(&world).await;
    assert_eq!(told(&world, "omar").await, ["rotation_overdue"]);
}
