//! A delivery from an environment that asks for a reason: opening it shows a value, so it asks too.

use super::{OPEN, VALUE, deliver_to, state};
use crate::support::world::World;
use axum::http::StatusCode;

const WHY: &str = "To restart billing, ticket 4711";

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_delivery_asks_for_the_environments_reason() {
    let world = World::new().await;
    world.switch_on("dev", "asks_reason").await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    let form = vera.get(&page).await.body;
    assert!(form.contains("name=\"why\" value=\"\" minlength=\"10\""), "the form asks: {form}");
    for why in ["", "too short", "............"] {
        let refused = vera.post(&page, &[OPEN[0], ("why", why)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why:?}");
        assert!(refused.body.contains("Say why") && !refused.body.contains(VALUE), "{}", refused.body);
    }
    assert_eq!(state(&world).await, ("waiting".to_owned(), true), "it can still be opened");
    assert_eq!(world.records().of("delivery.take").because("not_stated").count().await, 3);
    let opened = vera.post(&page, &[OPEN[0], ("why", WHY)]).await;
    assert!(opened.status == StatusCode::OK && opened.body.contains(VALUE), "{}", opened.body);
    let kept = world.records().of("delivery.take").allowed().each("parameters").await;
    assert!(kept[0].contains("why=To%20restart%20billing"), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_from_elsewhere_asks_for_no_reason() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let page = deliver_to(&mut omar, "vera", VALUE).await;
    assert!(!vera.get(&page).await.body.contains("name=\"why\""));
    assert!(vera.post(&page, OPEN).await.body.contains(VALUE));
}
