//! Forgotten passwords: an administrator makes a link, and only the link's use changes anything.

use crate::account::codes::set_up_codes;
use crate::identities::people::{accept, change, link};
use crate::support::world::World;
use axum::http::StatusCode;

const NEW: &str = "an entirely new sentence";
const RESET: &[(&str, &str)] = &[("action", "reset-password")];

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_new_password_ends_the_sessions_when_used() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.identity("omar").await;
    let one_factor = change(&mut ada, &id, RESET).await;
    assert!(one_factor.location().starts_with("/confirm"), "it takes two factors: {}", one_factor.status);
    set_up_codes(&world, &mut ada).await;
    let mut omar = world.sign_in("omar").await;
    let link = link(&change(&mut ada, &id, RESET).await);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "a link alone changes nothing");
    assert_eq!(accept(&world, &link, NEW).await.status, StatusCode::OK);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::SEE_OTHER);
    let old = world.visitor().sign_in("omar", world.password("omar")).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut omar = world.visitor();
    assert_eq!(omar.sign_in("omar", NEW).await.status, StatusCode::SEE_OTHER);
    assert!(omar.get("/inbox").await.page().shows("Your password was changed by a link"), "they are told");
    assert_eq!(accept(&world, &link, NEW).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it counts once");
}

/// Whoever has the link still needs the person's second factor.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_a_new_password_leaves_second_factors() {
    let world = World::new().await;
    let (mut ada, mut omar) = (world.sign_in("ada").await, world.sign_in("omar").await);
    set_up_codes(&world, &mut ada).await;
    set_up_codes(&world, &mut omar).await;
    let id = world.identity("omar").await;
    let link = link(&change(&mut ada, &id, RESET).await);
    assert_eq!(accept(&world, &link, NEW).await.status, StatusCode::OK);
    assert!(world.has_second_factor("omar").await);
    let mut thief = world.visitor();
    thief.sign_in("omar", NEW).await;
    assert!(thief.get("/secrets").await.location().starts_with("/confirm"));
    // Nobody makes one for themselves, and not for somebody who has no password yet.
    let own = world.identity("ada").await;
    assert_eq!(change(&mut ada, &own, RESET).await.status, StatusCode::FORBIDDEN);
    let added = ada.post("/access/identities/add", &[("display-name", "Jo"), ("name", "jo")]).await;
    assert_eq!(added.status, StatusCode::OK);
    let jo = world.identity("jo").await;
    assert_eq!(change(&mut ada, &jo, RESET).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
