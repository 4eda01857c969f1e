//! Pending values: nobody gets one before it is promoted, and nobody promotes another than they saw.

use super::past;
use crate::support::world::{Answer, Client, World};
use app::secrets::store::NO_VERSION;
use axum::http::StatusCode;
use doorward::TimeSpan;
use server::vault::rotate::{self, Rotation};

pub(super) const OLD: &str = "the-value-in-use";
pub(super) const PENDING: &str = "canary-a-pending-value";

pub(super) async fn save(client: &mut Client, id: &str, value: &str) -> Answer {
    let fields = [("action", "save-pending"), ("value", value), ("why", "for the new host")];
    client.post(&format!("/secrets/{id}"), &fields).await
}

/// A secret of omar's in dev with a pending value.
pub(super) async fn with_pending(world: &World, omar: &mut Client) -> String {
    let id = past::add(world, omar, "dev", "pending/key", OLD).await;
    assert_eq!(save(omar, &id, PENDING).await.status, StatusCode::SEE_OTHER);
    id
}

fn versions(id: &str) -> String {
    format!("/secrets/{id}/versions")
}

/// Promotes or discards what the page shows.
async fn act(client: &mut Client, id: &str, action: &str, page: &str) -> Answer {
    let value = |name: &str| {
        let panel = page.split("id=\"pending-heading\"").nth(1).expect("a panel");
        let field = panel.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
        field.split('"').next().expect("a value").to_owned()
    };
    let (saved, over) = (value("saved"), value("over"));
    client.post(&versions(id), &[("action", action), ("saved", &saved), ("over", &over)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_value_waits_beside_the_present_one() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    let page = omar.get(&format!("/secrets/{id}")).await.body;
    assert!(page.contains("A new value is pending since") && page.contains("saved by <bdi>Omar Haddad"), "{page}");
    let page = omar.get(&versions(&id)).await.body;
    assert!(page.contains("Pending value") && page.contains("for the new host"), "{page}");
    assert!(page.contains("Promote to version 2") && !page.contains(PENDING));
    assert_eq!(
        world.records().of("secret.save_pending").allowed().each("parameters").await,
        ["why=for%20the%20new%20host"]
    );
    assert!(!world.database_holds(PENDING).await, "it is encrypted");
    let other = save(&mut omar, &id, "another value").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.body.contains("Another value is pending."), "{}", other.body);
    // An approver sees that there is one, and may do nothing with it.
    let mut petra = world.sign_in("petra").await;
    let seen = petra.get(&versions(&id)).await.body;
    assert!(seen.contains("Pending value") && !seen.contains("Promote to") && !seen.contains("Bytes"), "{seen}");
    for (name, status) in [("petra", StatusCode::FORBIDDEN), ("vera", StatusCode::NOT_FOUND)] {
        let mut other = world.sign_in(name).await;
        for action in ["promote", "discard"] {
            let fields = [("action", action), ("saved", "1"), ("over", "1")];
            assert_eq!(other.post(&versions(&id), &fields).await.status, status, "{name} {action}");
        }
        assert_eq!(save(&mut other, &id, "x").await.status, status, "{name}");
        let reveal = [("action", "reveal"), ("version", "pending")];
        let refused = other.post(&versions(&id), &reveal).await;
        assert!(refused.status == status && !refused.body.contains(PENDING), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_value_is_current_and_can_be_rolled_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    // It takes the right to change the value, not the right to see it.
    world.forbid("secret.reveal").await;
    let rotated = || world.secrets().with("name", "pending/key").number("rotated_at");
    let before = rotated().await;
    world.clock.advance(TimeSpan::minutes(10));
    let page = omar.get(&versions(&id)).await.body;
    assert_eq!(world.value_of(&id).await, OLD);
    let promoted = act(&mut omar, &id, "promote", &page).await;
    assert_eq!(promoted.status, StatusCode::SEE_OTHER, "{}", promoted.body);
    assert_eq!(world.value_of(&id).await, PENDING);
    assert!(rotated().await >= before + 600_000, "its due date counts from the promotion");
    let shown = omar.get(&versions(&id)).await.body;
    assert!(
        shown.contains("it is version 2 now") && shown.contains("Pending before, saved by Omar Haddad on"),
        "{shown}"
    );
    assert!(shown.contains("for the new host") && shown.contains(">Previous<") && !shown.contains("Pending value"));
    assert!(shown.contains("Roll back to version 1"), "{shown}");
    assert_eq!(world.records().of("secret.promote").allowed().with("outcome", "done").count().await, 1);
    assert_eq!(world.count_all("pending_values").await, 0);
    // What was promoted is not promoted again.
    let again = act(&mut omar, &id, "promote", &page).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("not pending any more"), "{}", again.body);
    assert_eq!(world.highest_version().await, 2);
    let back = [("action", "restore"), ("version", "1"), ("over", "2")];
    assert_eq!(omar.post(&versions(&id), &back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&id).await, OLD);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_overwrites_no_later_value() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    let page = omar.get(&versions(&id)).await.body;
    past::rotate(&mut omar, &id, "another value meanwhile", "").await;
    let stale = act(&mut omar, &id, "promote", &page).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        stale.body.contains("Nothing was promoted.") && stale.body.contains("Promote to version 3"),
        "{}",
        stale.body
    );
    assert_eq!(world.value_of(&id).await, "another value meanwhile");
    assert_eq!(act(&mut omar, &id, "discard", &page).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.records().of("secret.discard_pending").allowed().count().await, 1);
    // A form about the discarded value does nothing to the next one.
    assert_eq!(save(&mut omar, &id, "the next one").await.status, StatusCode::SEE_OTHER);
    for action in ["promote", "discard"] {
        assert_eq!(act(&mut omar, &id, action, &page).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{action}");
    }
    assert_eq!(world.count_all("pending_values").await, 1);
    assert_eq!(world.value_of(&id).await, "another value meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_value_is_revealed_and_compared_by_its_label() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    let revealed = omar.post(&versions(&id), &[("action", "reveal"), ("version", "pending")]).await;
    assert!(revealed.body.contains(PENDING) && !revealed.body.contains(OLD), "{}", revealed.body);
    let address = format!("{}?left=current&right=pending", versions(&id));
    let page = omar.get(&address).await.body;
    assert!(page.contains("Version 1") && page.contains("Reveal both values") && !page.contains(PENDING), "{page}");
    let both = [("action", "reveal-both"), ("left", "1"), ("right", "pending")];
    let shown = omar.post(&address, &both).await.body;
    assert!(shown.contains(OLD) && shown.contains(PENDING), "{shown}");
    let said = world.records().of("secret.reveal").allowed().each("parameters").await;
    assert_eq!(said, ["version=pending", "version=1", "version=pending"]);
    for wrong in ["0", "latest", "-1", "PENDING"] {
        let answer = omar.get(&format!("{}?left={wrong}&right=1", versions(&id))).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        let fields = [("action", "reveal"), ("version", wrong)];
        assert_eq!(omar.post(&versions(&id), &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(NO_VERSION, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_read_a_pending_value_holds_the_version_it_became() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    omar.post(&versions(&id), &[("action", "reveal"), ("version", "pending")]).await;
    let readers = format!("/secrets/{id}/readers");
    assert!(omar.get(&readers).await.body.contains("Nobody has read version 1"));
    let page = omar.get(&versions(&id)).await.body;
    act(&mut omar, &id, "promote", &page).await;
    let body = omar.get(&readers).await.body;
    assert!(body.contains("1 account has read version 2"), "{body}");
    // The next pending value is another one.
    save(&mut omar, &id, "the next one").await;
    past::rotate(&mut omar, &id, "in between", "").await;
    omar.post(&versions(&id), &[("action", "reveal"), ("version", "pending")]).await;
    assert!(omar.get(&readers).await.body.contains("Nobody has read version 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_value_opens_after_a_rotation_of_keys() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = with_pending(&world, &mut omar).await;
    let done = Rotation::begin(&world.backend, &world.keys).await.unwrap().finish().await.unwrap();
    assert!(done.damaged.is_empty() && done.wrapped > 200, "{:?}", done.damaged);
    let kept = rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!((kept.retired.len(), kept.kept.len()), (1, 0), "nothing needs the old key");
    let revealed = omar.post(&versions(&id), &[("action", "reveal"), ("version", "pending")]).await;
    assert!(revealed.body.contains(PENDING), "{}", revealed.body);
    let page = omar.get(&versions(&id)).await.body;
    act(&mut omar, &id, "promote", &page).await;
    assert_eq!(world.value_of(&id).await, PENDING);
}
