//! Two changes of one value at the same moment: one wins, and the other one is told so.

use super::past::add;
use super::pending::{OLD, save};
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;

const ROUNDS: usize = 50;

/// Sends two forms at once.
async fn at_once(
    (one, other): (&mut Client, &mut Client),
    id: &str,
    forms: [(&str, &[(&str, &str)]); 2],
) -> (Answer, Answer) {
    let [(first, fields), (second, others)] = forms;
    let (first, second) = (format!("/secrets/{id}{first}"), format!("/secrets/{id}{second}"));
    tokio::join!(one.post(&first, fields), other.post(&second, others))
}

/// Exactly one of two answers says that it was done. Returns the other one's text.
fn one_wins((one, other): (Answer, Answer), round: usize) -> String {
    let statuses = [one.status, other.status];
    let lost = if one.status == StatusCode::SEE_OTHER { other } else { one };
    assert!(statuses.contains(&StatusCode::SEE_OTHER), "{round}: {statuses:?}");
    assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY, "{round}: {statuses:?}");
    lost.body
}

/// Omar's secret, omar, and an administrator who was granted it.
async fn two_people(world: &World) -> (String, Client, Client) {
    let (mut omar, ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let id = add(world, &mut omar, "dev", "contested/key", OLD).await;
    world.grant_until(&id, "ada", None).await;
    (id, omar, ada)
}

async fn saved(world: &World) -> String {
    world.table("pending_values").number("saved_at").await.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rotations_at_once_one_wins() {
    let world = World::new().await;
    let (id, mut omar, mut ada) = two_people(&world).await;
    for round in 0..ROUNDS {
        let over = (round + 1).to_string();
        let fields = |value| [("action", "rotate"), ("value", value), ("over", over.as_str())];
        let (one, other) = (fields("omar's value"), fields("ada's value"));
        let answers = at_once((&mut omar, &mut ada), &id, [("", &one), ("", &other)]).await;
        assert!(one_wins(answers, round).contains("changed this secret on"), "{round}");
    }
    assert_eq!(world.secrets().with("id", &id).number("version").await, 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_promotions_at_once_one_wins() {
    let world = World::new().await;
    let (id, mut omar, mut ada) = two_people(&world).await;
    for round in 0..ROUNDS {
        save(&mut omar, &id, "a pending value").await;
        let (over, saved) = ((round + 1).to_string(), saved(&world).await);
        let fields = [("action", "promote"), ("saved", saved.as_str()), ("over", over.as_str())];
        let answers = at_once((&mut omar, &mut ada), &id, [("/versions", &fields), ("/versions", &fields)]).await;
        assert!(one_wins(answers, round).contains("not pending any more"), "{round}");
    }
    assert_eq!(world.secrets().with("id", &id).number("version").await, 51);
    assert_eq!(world.count_all("pending_values").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_promotion_and_a_rotation_at_once_one_wins() {
    let world = World::new().await;
    let (id, mut omar, mut ada) = two_people(&world).await;
    for round in 0..ROUNDS {
        save(&mut omar, &id, "a pending value").await;
        let (over, saved) = ((round + 1).to_string(), saved(&world).await);
        let promote = [("action", "promote"), ("saved", saved.as_str()), ("over", over.as_str())];
        let rotate = [("action", "rotate"), ("value", "another value"), ("over", over.as_str())];
        let answers = at_once((&mut omar, &mut ada), &id, [("/versions", &promote), ("", &rotate)]).await;
        assert!(one_wins(answers, round).contains("changed this secret on"), "{round}");
        world.table("pending_values").remove().await;
    }
    assert_eq!(world.secrets().with("id", &id).number("version").await, 51);
}
