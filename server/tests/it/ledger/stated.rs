//! The reasons that people state for what they do to others: kept in the record, and shown with it.

use crate::support::page::Page;
use crate::support::world::World;
use axum::http::StatusCode;

const WHY: &str = "Left the team & won’t be back";

/// The page of the newest record of an action, as its author reads it.
async fn shown(world: &World, who: &str, action: &str) -> Page {
    let record = world.records().of(action).allowed().ids().await.pop().expect("a record");
    world.sign_in(who).await.get(&format!("/access/records/{record}")).await.page()
}

fn is_stated(page: &Page) -> bool {
    page.described("Stated reason") == WHY
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_and_its_end_keep_the_reason_that_was_stated() {
    let world = World::new().await;
    world.grants().remove().await;
    let mut omar = world.sign_in("omar").await;
    let access = format!("/secrets/{}/access", world.omars_secret("dev").await);
    let grant = [("action", "grant"), ("with", "vera"), ("lasts", "1h"), ("why", WHY)];
    assert_eq!(omar.post(&access, &grant).await.status, StatusCode::SEE_OTHER);
    assert!(is_stated(&shown(&world, "omar", "secret.share").await));
    let vera = world.identity("vera").await;
    let taken = omar.post(&access, &[("action", "take-back"), ("from", &vera), ("why", WHY)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    assert!(is_stated(&shown(&world, "omar", "secret.unshare").await));
    let long = "a".repeat(201);
    let refused = omar.post(&access, &[("action", "grant"), ("with", "vera"), ("lasts", "1h"), ("why", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("Enter at most 200 characters."));
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_the_sessions_of_others_keeps_the_stated_reason() {
    let world = World::new().await;
    world.sign_in("vera").await;
    let mut ada = world.sign_in("ada").await;
    let fields = [("by", "identity"), ("what", "vera"), ("typed", "vera"), ("why", WHY)];
    assert_eq!(ada.post("/access/sessions/end", &fields).await.status, StatusCode::SEE_OTHER);
    assert!(is_stated(&shown(&world, "ada", "session.revoke").await));
}

/// An auditor finds the records by the words of the reason, and the records of a session by its row.
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_finds_records_by_stated_reason_and_by_session() {
    let world = World::new().await;
    let session = world.session_of("vera").await;
    let mut ada = world.sign_in("ada").await;
    let fields = [("by", "identity"), ("what", "omar"), ("typed", "omar"), ("why", WHY)];
    assert_eq!(ada.post("/access/sessions/end", &fields).await.status, StatusCode::SEE_OTHER);
    let mut quinn = world.sign_in("quinn").await;
    let found = quinn.get("/access/ledger?text=team&action=session.revoke").await.page();
    assert!(found.shows(&format!("Stated reason: {WHY}")), "{found}");
    let sessions = quinn.get("/access/sessions").await.page();
    assert!(sessions.links_to(&format!("/access/ledger?text={session}&routine=shown")), "{sessions}");
    assert!(!ada.get("/access/sessions").await.body.contains("/access/ledger?text="), "ada may not read the ledger");
}
