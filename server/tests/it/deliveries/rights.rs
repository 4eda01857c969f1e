//! G45, G46: a delivery is worth what its sender may do when it is opened.

use super::{OPEN, VALUE, collect, deliver_secret, deliver_to, link, link_for_anybody, state};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::TimeSpan;

/// A secret of ada's in dev that omar may use by a grant, as an operator who may share his own only.
async fn void(world: &World, page: &str) {
    let refused = world.sign_in("vera").await.post(page, OPEN).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.page().shows("The sender may no longer deliver this value"), "{}", refused.body);
    assert_eq!(state(world).await, ("void".to_owned(), false), "and its value is deleted");
    assert_eq!(world.records().of("delivery.take").allowed().each("outcome").await, ["invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_sender_delivers_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    let anybodys = link_for_anybody(&mut omar, VALUE).await;
    let account = format!("/access/identities/{}", world.identity("omar").await);
    let disabled = world.sign_in("ada").await.post(&account, &[("action", "disable")]).await;
    assert_eq!(disabled.status, StatusCode::SEE_OTHER);
    assert_eq!(world.table("deliveries").having("ciphertext").count().await, 0, "at once");
    let refused = world.sign_in("vera").await.post(&page, OPEN).await;
    assert!(refused.page().shows("The sender may no longer deliver this value"), "{}", refused.body);
    assert_eq!(collect(&mut world.visitor(), &anybodys).await.status, StatusCode::GONE);
}

/// The account's row alone changes, so only the decision at the end can find out.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_who_is_frozen_meanwhile_delivers_nothing() {
    let world = World::new().await;
    let page = deliver_to(&mut world.sign_in("omar").await, "vera", VALUE).await;
    world.freeze("omar").await;
    void(&world, &page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_without_the_role_delivers_nothing() {
    let world = World::new().await;
    let page = deliver_to(&mut world.sign_in("omar").await, "vera", VALUE).await;
    world.table("identity_roles").whose("identity", "omar").remove().await;
    void(&world, &page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_who_lost_the_secret_delivers_nothing() {
    let world = World::new().await;
    let secret = world.omars_secret("dev").await;
    let page = link(&deliver_secret(&mut world.sign_in("omar").await, &secret, "vera").await);
    world.secrets().set("owner", world.identity("ada").await).await;
    void(&world, &page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_anybody_ends_with_that_permission() {
    let world = World::new().await;
    let link = link_for_anybody(&mut world.sign_in("omar").await, VALUE).await;
    world.table("role_permissions").with("permission", "delivery.anyone").remove().await;
    let refused = collect(&mut world.visitor(), &link).await;
    assert!(refused.status == StatusCode::GONE && !refused.body.contains(VALUE), "{}", refused.body);
    assert_eq!(state(&world).await, ("void".to_owned(), false));
    assert_eq!(world.records().of("delivery.take").refused().because("delivery_void").count().await, 1);
}

/// Ada keeps every secret, and uses this one by a grant that ends, or that its owner takes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_ends_with_the_senders_grant() {
    for takes_back in [false, true] {
        let world = World::new().await;
        let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
        let secret = world.omars_secret("dev").await;
        let access = format!("/secrets/{secret}/access");
        omar.post(&access, &[("action", "grant"), ("with", "ada"), ("lasts", "1h")]).await;
        let page = link(&deliver_secret(&mut ada, &secret, "vera").await);
        assert!(omar.get("/inbox").await.page().shows("to be opened once"), "the owner is told");
        if takes_back {
            let ada = world.identity("ada").await;
            omar.post(&access, &[("action", "take-back"), ("from", &ada)]).await;
            assert_eq!(state(&world).await, ("void".to_owned(), false), "in the same transaction");
            let refused = world.sign_in("vera").await.post(&page, OPEN).await;
            assert!(refused.page().shows("The sender may no longer deliver this value"), "{}", refused.body);
        } else {
            world.clock.advance(TimeSpan::hours(2));
            void(&world, &page).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_reveal_and_share_delivers_no_secret() {
    let world = World::new().await;
    let secret = world.secrets().with("environment", "dev").whose("owner", "omar").ungranted().first().await;
    for (who, status) in [("vera", 404), ("noor", 404), ("petra", 403), ("quinn", 403), ("ada", 403)] {
        let mut other = world.sign_in(who).await;
        let address = format!("/secrets/{secret}/deliver");
        assert_eq!(other.get(&address).await.status.as_u16(), status, "{who}");
        assert_eq!(deliver_secret(&mut other, &secret, "noor").await.status.as_u16(), status, "{who}");
    }
    // An operator shares nothing in production, and no link for anybody is made there.
    let mut omar = world.sign_in("omar").await;
    let production = world.omars_secret("production").await;
    assert_eq!(deliver_secret(&mut omar, &production, "vera").await.status, StatusCode::FORBIDDEN);
    let mut ada = world.sign_in("ada").await;
    let adas = world.secrets().with("environment", "production").whose("owner", "ada").first().await;
    let anyone = [("whom", "anyone"), ("lasts", "1h")];
    let address = format!("/secrets/{adas}/deliver");
    assert!(!ada.get(&address).await.page().shows("Anybody who has the link"));
    assert_eq!(ada.post(&address, &anyone).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.count_all("deliveries").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_from_production_needs_a_fresh_sign_in() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    let adas = world.secrets().with("environment", "production").whose("owner", "ada").first().await;
    let page = link(&deliver_secret(&mut ada, &adas, "vera").await);
    let mut vera = world.sign_in("vera").await;
    world.clock.advance(TimeSpan::minutes(6));
    for held_up in [deliver_secret(&mut ada, &adas, "vera").await, vera.post(&page, OPEN).await] {
        assert!(held_up.location().starts_with("/confirm"), "{}", held_up.status);
    }
    vera.post("/confirm", &[("password", world.password("vera"))]).await;
    let value = world.value_of(&adas).await;
    assert!(vera.post(&page, OPEN).await.page().shows(&value));
}
