//! Who uses a secret: by the records, by deliveries, and by declaration; and who would break by a rotation.

use super::{DAY, after, grant_to};
use crate::deliveries::{OPEN, deliver_secret, link};
use crate::support::page::Page;
use crate::support::world::{Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

fn consumers(id: &str) -> String {
    format!("/secrets/{id}/consumers")
}

async fn reveal(client: &mut Client, id: &str) {
    assert_eq!(client.call_value(id).await.status, StatusCode::OK);
}

/// What the page says of somebody: the version that they read last, and what a rotation would mean.
fn row(page: &Page, name: &str) -> (String, String) {
    let table = page.table("Who read which version");
    let row = table.row(name);
    (row.cell("Version").to_owned(), row.cell("After a rotation").to_owned())
}

const BREAKS: &str = "May break until they read the next version";
const OLD: &str = "Holds the old value";
const OLDER: &str = "Holds an older value already";

#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_says_who_would_break() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    grant_to(&world, &id, &["vera", "ada"]).await;
    let mut omar = world.sign_in("omar").await;
    assert!(omar.get(&consumers(&id)).await.page().shows("Nobody has read a value of this secret"));
    reveal(&mut world.sign_in("vera").await, &id).await;
    world.clock.advance(TimeSpan(DAY.0));
    let mut omar = world.sign_in("omar").await;
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "second")]).await;
    reveal(&mut world.sign_in("ada").await, &id).await;
    let mut omar = after(&world, 40, "omar").await;
    reveal(&mut omar, &id).await;
    let body = omar.get(&consumers(&id)).await.page();
    let of = |version: &str, impact: &str| (version.to_owned(), impact.to_owned());
    assert_eq!(row(&body, "omar"), of("2", BREAKS));
    assert_eq!(row(&body, "ada"), of("2", OLD));
    assert_eq!(row(&body, "vera"), of("1", OLDER));
    assert!(body.shows("2 accounts would hold the old value. Of these, 1 read it in the last 30 days"), "{body}");
    let body = omar.get(&format!("{}?days=60", consumers(&id))).await.page();
    assert_eq!(row(&body, "ada"), of("2", BREAKS));
    assert!(body.shows("Of these, 2 read it in the last 60 days"), "{body}");
    // The form that rotates says so too, and leads here.
    let page = omar.get(&format!("/secrets/{id}")).await.page();
    assert!(page.shows("2 accounts hold the present value.") && page.links_to(&consumers(&id)), "{page}");
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "third")]).await;
    let body = omar.get(&consumers(&id)).await.page();
    assert!(body.shows("0 accounts would hold the old value."), "{body}");
    assert_eq!((row(&body, "omar"), row(&body, "ada")), (of("2", OLDER), of("2", OLDER)));
    // Reading this page is reading no value.
    assert_eq!(world.records().of("secret.reveal").count().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_and_deliveries_count_by_their_number() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let mut omar = world.sign_in("omar").await;
    let mut vera = world.sign_in("vera").await;
    let delivered = link(&deliver_secret(&mut omar, &id, "vera").await);
    omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "second")]).await;
    let older = [("action", "reveal"), ("version", "1")];
    omar.post(&format!("/secrets/{id}/versions"), &older).await;
    let body = omar.get(&consumers(&id)).await.page();
    assert_eq!(row(&body, "omar").0, "1", "the version that was asked for");
    assert!(!body.codes().contains(&"vera".to_owned()), "a delivery that waits was read by nobody");
    vera.post(&delivered, OPEN).await;
    let body = omar.get(&consumers(&id)).await.page();
    assert_eq!(row(&body, "vera"), ("1".to_owned(), OLDER.to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_are_declared_and_removed_by_hand() {
    let world = World::new().await;
    let (id, other) = (world.omars_secret("dev").await, world.omars_secret("staging").await);
    let mut omar = world.sign_in("omar").await;
    let fields = [
        ("action", "declare"),
        ("system", "billing <b>jobs</b>"),
        ("contact", "on-call@example.com"),
        ("note", "reads it at start"),
    ];
    assert_eq!(omar.post(&consumers(&id), &fields).await.location(), consumers(&id));
    let body = omar.get(&consumers(&id)).await.page();
    assert!(body.shows("billing <b>jobs</b>") && body.shows("on-call@example.com"), "{body}");
    assert!(!omar.get(&consumers(&other)).await.page().shows("billing <b"));
    assert_eq!(world.records().of("secret.add_consumer").each("parameters").await, [""], "no text that people wrote");
    for (system, contact, note) in
        [("", "", ""), (&*"x".repeat(101), "", ""), ("a", &*"x".repeat(201), ""), ("a", "", "b\u{7}")]
    {
        let fields = [("action", "declare"), ("system", system), ("contact", contact), ("note", note)];
        assert_eq!(omar.post(&consumers(&id), &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let row = world.table("consumers").ids().await.remove(0);
    let remove = [("action", "remove-consumer"), ("consumer", row.as_str())];
    omar.post(&consumers(&other), &remove).await;
    assert_eq!(world.count_all("consumers").await, 1, "one of another secret stays");
    omar.post(&consumers(&id), &remove).await;
    assert_eq!(world.count_all("consumers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_access_sees_consumers_and_who_edits_declares() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    grant_to(&world, &id, &["vera"]).await;
    let declare = [("action", "declare"), ("system", "a system")];
    for (name, page, post) in [
        ("vera", StatusCode::FORBIDDEN, StatusCode::FORBIDDEN),
        ("noor", StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
        ("petra", StatusCode::OK, StatusCode::FORBIDDEN),
        ("ada", StatusCode::OK, StatusCode::SEE_OTHER),
        ("omar", StatusCode::OK, StatusCode::SEE_OTHER),
    ] {
        let mut client = world.sign_in(name).await;
        assert_eq!(client.get(&consumers(&id)).await.status, page, "{name}");
        assert_eq!(client.post(&consumers(&id), &declare).await.status, post, "{name}");
    }
    assert_eq!(world.count_all("consumers").await, 2);
    let odd = world.sign_in("omar").await.get(&format!("{}?days=0", consumers(&id))).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}
