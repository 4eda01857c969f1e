//! Reasons for showing a value, where the environment asks for one; and that only revealing reads.

use crate::deliveries::deliver_secret;
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;

const WHY: &str = "To restart billing, ticket 4711";

async fn world_that_asks() -> (World, Client, String) {
    let world = World::new().await;
    world.table("environments").with("name", "dev").set("asks_reason", 1).await;
    let omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    (world, omar, id)
}

async fn reveal(client: &mut Client, id: &str, why: &str) -> Answer {
    client.post(&format!("/secrets/{id}"), &[("action", "reveal"), ("why", why)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_is_shown_without_the_reason_that_is_asked() {
    let (world, mut omar, id) = world_that_asks().await;
    let value = world.value_of(&id).await;
    let page = omar.get(&format!("/secrets/{id}")).await;
    let field = page.page().field("Reason");
    assert_eq!((field.value.as_str(), field.attribute("minlength")), ("", Some("10")), "the form asks");
    let long = "a".repeat(501);
    for why in ["", "too short", "          ", "............", long.as_str(), "two\nlines of it"] {
        let refused = reveal(&mut omar, &id, why).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why:?}");
        assert!(!refused.body.contains(&value), "{why:?}");
    }
    let refused = reveal(&mut omar, &id, "too short").await;
    let page = refused.page();
    let said = page.messages();
    assert!(said[0].starts_with("Say why, in 10 to 500 characters."), "{said:?}");
    assert_eq!(page.field("Reason").value, "too short", "what was typed stays");
    assert_eq!(omar.call_value(&id).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(omar.call_value_because(&id, "too short").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let versions = format!("/secrets/{id}/versions");
    for form in
        [&[("action", "reveal"), ("version", "1")][..], &[("action", "reveal-both"), ("left", "1"), ("right", "1")]]
    {
        let refused = omar.post(&versions, form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.body.contains(&value) && refused.page().shows("Say why"), "{}", refused.body);
    }
    let refused = deliver_secret(&mut omar, &id, "vera").await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("Say why"), "{}", refused.body);
    assert_eq!(world.count_all("deliveries").await, 0);
    assert_eq!(world.records().of("secret.reveal").allowed().count().await, 0);
    assert!(world.records().because("not_stated").count().await >= 8, "each refusal has its record");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reason_is_in_the_record_of_each_value() {
    let (world, mut omar, id) = world_that_asks().await;
    let value = world.value_of(&id).await;
    let shown = reveal(&mut omar, &id, WHY).await;
    assert!(shown.status == StatusCode::OK && shown.page().shows(&value), "{}", shown.body);
    assert_eq!(omar.call_value_because(&id, WHY).await.status, StatusCode::OK);
    let both = [("action", "reveal-both"), ("left", "1"), ("right", "1"), ("why", WHY)];
    assert_eq!(omar.post(&format!("/secrets/{id}/versions"), &both).await.status, StatusCode::OK);
    let records = world.records().of("secret.reveal").allowed();
    let parameters = records.each("parameters").await;
    assert_eq!(parameters.len(), 4, "one for each value: {parameters:?}");
    assert!(parameters.iter().all(|each| each.contains("why=To%20restart%20billing%2C%20ticket%204711")));
    let record = shown.page().section("Value").records().remove(0);
    let receipt = omar.get(&format!("/access/records/{record}")).await.page();
    assert_eq!(receipt.described("Stated reason"), WHY);
    let mut quinn = world.sign_in("quinn").await;
    let found = quinn.get("/access/ledger?words=billing&action=secret.reveal").await.page();
    assert!(found.shows(WHY), "{found}");
}

/// Where no reason is asked for, none is needed.
#[tokio::test(flavor = "multi_thread")]
async fn other_environments_ask_for_no_reason() {
    let (world, mut omar, _) = world_that_asks().await;
    let staging = world.omars_secret("staging").await;
    assert_eq!(omar.call_value(&staging).await.status, StatusCode::OK);
    let page = omar.get(&format!("/secrets/{staging}")).await.page();
    assert!(page.offers("reveal") && !page.form_of("reveal").sends("why"), "{page}");
}

/// Without JavaScript, the browser itself leaves the page that shows a value.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_shows_a_value_leaves_by_itself() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    let shown = reveal(&mut omar, &id, "").await;
    assert_eq!(shown.header("refresh"), format!("30; url={page}"));
    assert!(shown.page().shows("Hides in 30 s"), "{}", shown.body);
    let version = omar.post(&format!("{page}/versions"), &[("action", "reveal"), ("version", "1")]).await;
    assert_eq!(version.header("refresh"), format!("30; url={page}/versions"));
    assert_eq!(omar.get(&page).await.header("refresh"), "", "it has nothing to hide");
}

/// With every value damaged, whatever reads one fails.
#[tokio::test(flavor = "multi_thread")]
async fn looking_listing_and_searching_read_no_value() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let id = world.omars_secret("dev").await;
    world.execute("update secret_versions set nonce = ciphertext, ciphertext = nonce").await;
    let page = format!("/secrets/{id}");
    let addresses = [
        "/".to_owned(),
        "/secrets".to_owned(),
        "/secrets?name=a&environment=dev".to_owned(),
        "/secrets.csv".to_owned(),
        page.clone(),
        format!("{page}/versions?left=1&right=1"),
        format!("{page}/access"),
        format!("{page}/readers"),
        format!("{page}/edit"),
        format!("{page}/deliver"),
        format!("{page}/history.ndjson"),
    ];
    for address in &addresses {
        assert_eq!(omar.get(address).await.status, StatusCode::OK, "{address}");
    }
    for address in ["/secrets/canaries", "/access/environments", "/secrets"] {
        assert_eq!(ada.get(address).await.status, StatusCode::OK, "{address}");
    }
    assert_eq!(world.records().of("secret.reveal").count().await, 0);
    let readers = omar.get(&format!("{page}/readers")).await.page();
    assert!(readers.shows("Nobody has read version 1"), "{readers}");
    assert_ne!(omar.call_value(&id).await.status, StatusCode::OK, "a value does not open any more");
}
