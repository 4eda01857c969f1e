//! Where a second factor is asked of somebody who has none: they are told, and not asked for a password in circles.

use crate::account::codes::set_up_codes;
use crate::support::world::World;
use axum::http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_second_factor_is_told_so() {
    let world = World::new().await;
    world.switch_on("dev", "second_factor").await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let secret = format!("/secrets/{id}");
    for fields in [&[("action", "rotate"), ("value", "a new value")][..], &[("action", "rename"), ("name", "a/name")]] {
        let refused = omar.post(&secret, fields).await;
        let to = refused.location().to_owned();
        assert!(to.starts_with("/confirm?next=") && to.ends_with("lacks=second-factor"), "{to}");
        let page = omar.get(&to).await.body;
        assert!(page.contains("You need a second factor") && page.contains("href=\"/settings/methods\""), "{page}");
        assert!(!page.contains("type=\"password\""), "a password would lead back to this page: {page}");
    }
    let (to, _) = set_up_and_ask(&world).await;
    assert!(!to.contains("lacks"), "{to}");
}

/// Asks for a rename with a second factor, in a session that has shown it long ago.
async fn set_up_and_ask(world: &World) -> (String, StatusCode) {
    world.switch_on("dev", "protected").await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(world, &mut omar).await;
    world.clock.advance(doorward::TimeSpan::minutes(10));
    let id = world.omars_secret("dev").await;
    let asked = omar.post(&format!("/secrets/{id}"), &[("action", "rename"), ("name", "a/name")]).await;
    let page = omar.get(asked.location()).await;
    assert!(page.body.contains("autocomplete=\"one-time-code\""), "{}", page.body);
    (asked.location().to_owned(), asked.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_cannot_say_that_a_factor_is_missing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    set_up_codes(&world, &mut omar).await;
    let page = omar.get("/confirm?next=%2Fsettings&lacks=second-factor").await.body;
    assert!(!page.contains("You need a second factor") && page.contains("Confirm it is you"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secrets_forms_say_beforehand_what_they_need() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    let needs = "only with a second factor, and you have none";
    assert!(!omar.get(&address).await.body.contains(needs));
    world.switch_on("dev", "second_factor").await;
    let page = omar.get(&address).await.body;
    assert_eq!(page.matches(needs).count(), 3, "to reveal, to rotate and to rename: {page}");
    for button in ["reveal", "rotate", "rename", "generate"] {
        assert!(!page.contains(&format!("name=\"action\" value=\"{button}\"")), "{button}");
    }
}
