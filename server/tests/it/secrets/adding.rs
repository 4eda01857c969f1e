//! Secrets that are added in the console.

use crate::support::world::{World, holds};
use axum::http::StatusCode;
use doorward::TimeSpan;

const VALUE: &str = "the-very-first-value-of-it";

fn fields<'a>(environment: &'a str, name: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
    [("environment", environment), ("name", name), ("value", value)]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_added_secret_is_its_owners_and_can_be_shared() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let added = omar.post("/secrets/add", &fields("dev", "new/token", VALUE)).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let address = added.location().to_owned();
    let page = omar.get(&address).await.page();
    assert!(page.shows("Added new/token in dev."), "{page}");
    let id = address.rsplit('/').next().expect("an id").to_owned();
    assert!(omar.post(&address, &[("action", "reveal")]).await.page().shows(VALUE));
    assert_eq!(vera.get(&address).await.status, StatusCode::NOT_FOUND);
    let shared = [("action", "grant"), ("with", "vera"), ("lasts", "1h")];
    assert_eq!(omar.post(&format!("/secrets/{id}/access"), &shared).await.status, StatusCode::SEE_OTHER);
    assert!(vera.post(&address, &[("action", "reveal")]).await.page().shows(VALUE));
    assert_eq!(world.records().of("secret.add").allowed().each("outcome").await, ["done"]);
    assert!(!holds(&world.database.everything(&world.rows).await, VALUE), "it is encrypted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_added_only_where_a_role_allows_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let page = omar.get("/secrets/add").await.page();
    assert_eq!(page.field("Environment").choices(), ["dev", "staging"]);
    for environment in ["production", "no-such-place", "", "*"] {
        let refused = omar.post("/secrets/add", &fields(environment, "new/token", VALUE)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{environment}");
        assert!(!refused.body.contains(VALUE), "a value is not sent back");
    }
    for name in ["vera", "petra", "quinn", "noor"] {
        let mut other = world.sign_in(name).await;
        assert_eq!(other.get("/secrets/add").await.status, StatusCode::FORBIDDEN, "{name}");
        let refused = other.post("/secrets/add", &fields("dev", "new/token", VALUE)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
    }
    assert_eq!(world.secrets().with("name", "new/token").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_for_production_needs_a_fresh_sign_in() {
    let world = World::new().await;
    let mut ada = world.sign_in("ada").await;
    world.clock.advance(TimeSpan::minutes(6));
    let held_up = ada.post("/secrets/add", &fields("production", "new/token", VALUE)).await;
    assert!(held_up.status == StatusCode::SEE_OTHER && held_up.location().starts_with("/confirm"));
    assert_eq!(ada.post("/secrets/add", &fields("dev", "new/token", VALUE)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_added_once_and_never_over_another() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let token = omar.get("/secrets/add").await.page().form("Add the secret").token();
    let form = [&fields("dev", "new/token", VALUE)[..], &[("form", token.as_str())]].concat();
    assert_eq!(omar.post("/secrets/add", &form).await.status, StatusCode::SEE_OTHER);
    for again in [&form[..], &fields("dev", "new/token", "another value")[..]] {
        let refused = omar.post("/secrets/add", again).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // The same name is free in another environment.
    assert_eq!(omar.post("/secrets/add", &fields("staging", "new/token", VALUE)).await.status, StatusCode::SEE_OTHER);
    for (name, value) in [("", VALUE), ("a b", VALUE), ("é", VALUE), ("blank", "  "), ("blank", ""), ("/a", VALUE)] {
        let refused = omar.post("/secrets/add", &fields("dev", name, value)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let too_large = "x".repeat(65_537);
    assert_eq!(
        omar.post("/secrets/add", &fields("dev", "large", &too_large)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(world.secrets().one_of("name", &["new/token", "large", "blank"]).count().await, 2);
}
