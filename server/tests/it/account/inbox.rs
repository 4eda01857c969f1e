//! The inbox: what others do with a person's secrets, each told once, with its link, unless it is muted.

use crate::support::client::Client;
use crate::support::page::Page;
use crate::support::world::World;
use app::account::notices::NoticeKind;
use axum::http::StatusCode;

async fn inbox(client: &mut Client) -> Page {
    client.get("/inbox").await.page()
}

async fn grant(client: &mut Client, id: &str, with: &str) {
    let fields = [("action", "grant"), ("with", with), ("lasts", "1h")];
    assert_eq!(client.post(&format!("/secrets/{id}/access"), &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_and_removing_access_tell_who_it_concerns() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    grant(&mut omar, &id, "vera").await;
    let page = inbox(&mut vera).await;
    assert!(page.shows("Omar Haddad shared ") && page.shows(" (dev) with you."), "{page}");
    assert!(page.links_to(&format!("/secrets/{id}")), "with its link");
    assert!(vera.get("/secrets").await.page().section("Main").shows("1 new"), "counted in the navigation");
    grant(&mut omar, &id, "vera").await;
    assert_eq!(inbox(&mut vera).await.times("Omar Haddad shared "), 1, "once, until it is read");

    let identity = world.identity("vera").await;
    omar.post(&format!("/secrets/{id}/access"), &[("action", "take-back"), ("from", &identity)]).await;
    assert!(inbox(&mut vera).await.shows("Omar Haddad removed your access to "));
    assert!(inbox(&mut omar).await.shows("No notices"), "nobody is told of what they did themselves");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_told_that_others_revealed_their_secret() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    assert!(!inbox(&mut omar).await.shows("revealed"), "not of their own");
    grant(&mut omar, &id, "vera").await;
    for _ in 0..3 {
        assert_eq!(vera.call_value(&id).await.status, StatusCode::OK);
    }
    assert_eq!(inbox(&mut omar).await.times("Vera Lindqvist revealed "), 1);
    omar.post("/inbox", &[]).await;
    assert_eq!(vera.call_value(&id).await.status, StatusCode::OK);
    assert_eq!(inbox(&mut omar).await.times("Vera Lindqvist revealed "), 2, "again, after it was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_kind_of_notice_is_not_sent() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let fields = vera.get("/settings").await.page().fields();
    assert_eq!(
        fields.iter().filter(|field| field.attribute("type") == Some("checkbox")).count(),
        NoticeKind::MUTABLE.len()
    );
    let chosen = [("action", "notices"), ("access_removed", "yes"), ("revealed", "yes")];
    assert_eq!(vera.post("/settings", &chosen).await.location(), "/settings");
    grant(&mut omar, &id, "vera").await;
    assert!(inbox(&mut vera).await.shows("No notices"));
    // Whoever may not share tells nobody anything.
    let refused = [("action", "grant"), ("with", "omar"), ("lasts", "1h")];
    assert_eq!(vera.post(&format!("/secrets/{id}/access"), &refused).await.status, StatusCode::FORBIDDEN);
    assert!(inbox(&mut omar).await.shows("No notices"));
    vera.post("/settings", &[("action", "notices"), ("shared", "yes")]).await;
    grant(&mut omar, &id, "vera").await;
    assert!(inbox(&mut vera).await.shows("shared "));
}
