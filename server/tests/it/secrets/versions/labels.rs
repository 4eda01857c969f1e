//! Labels by the API, and every entry that must not give a pending value.

use super::past;
use super::pending::{OLD, PENDING, save, with_pending};
use crate::access::machines::secrets::operator;
use crate::access::machines::{Machine, Program, body};
use crate::deliveries::{OPEN, deliver_secret};
use crate::support::world::World;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_value_is_delivered_by_no_entry() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let at = past::now(&world);
    let id = with_pending(&world, &mut omar).await;
    let mut answers = Vec::new();
    let page = format!("/secrets/{id}");
    for address in
        ["", "/versions", "/versions?left=current&right=pending", "/edit", "/access", "/readers", "/consumers"]
    {
        answers.push(omar.get(&format!("{page}{address}")).await);
    }
    for address in ["/secrets", "/secrets.csv", "/secrets.ndjson", "/search?q=pending", "/"] {
        answers.push(omar.get(address).await);
    }
    answers.push(omar.get(&format!("{page}/history.ndjson")).await);
    answers.push(past::preview(&mut omar, "dev", "pending", &at).await);
    for (address, fields) in [
        ("", &[("action", "reveal")][..]),
        ("/versions", &[("action", "reveal"), ("version", "1")]),
        ("/versions", &[("action", "reveal"), ("version", "2")]),
        ("/versions", &[("action", "reveal"), ("version", "current")]),
        ("/versions", &[("action", "reveal"), ("version", "previous")]),
        ("/versions", &[("action", "restore"), ("version", "2")]),
        ("/versions", &[("action", "reveal-both"), ("left", "1"), ("right", "2")]),
    ] {
        answers.push(omar.post(&format!("{page}{address}"), fields).await);
    }
    let called = omar.call_value(&id).await;
    assert!(called.everything().contains(OLD));
    answers.push(called);
    // A delivery takes the present value.
    let delivery = crate::deliveries::link(&deliver_secret(&mut omar, &id, "vera").await);
    let opened = world.sign_in("vera").await.post(&delivery, OPEN).await;
    assert!(opened.body.contains(OLD), "{}", opened.body);
    answers.push(opened);
    let mut machine = Machine::add(&world, "reader", "omar").await;
    machine.give(&world, "operator", "dev").await;
    world.grant_until(&id, "reader", None).await;
    let mut program = Program::begin(&world, &machine.secret("a").await).await;
    for query in ["", "?label=current", "?label=previous"] {
        answers.push(program.ask(Method::POST, &format!("/secrets/{id}/reveal{query}"), None).await);
    }
    answers.push(program.get(&format!("/secrets/{id}")).await);
    answers.push(program.get("/secrets").await);
    for (number, answer) in answers.iter().enumerate() {
        assert!(!answer.everything().contains(PENDING), "{number}: {}", answer.body);
    }
    assert_eq!(world.value_of(&id).await, OLD);
    assert_eq!(world.highest_version().await, 1);
    assert_eq!(world.records().of("secret.reveal").with("parameters", "version=pending").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reveals_a_version_by_its_label() {
    let world = World::new().await;
    let (_, mut program, dev, _) = operator(&world).await;
    let mut omar = world.sign_in("omar").await;
    let first = world.value_of(&dev).await;
    let reveal = |label: &str| format!("/secrets/{dev}/reveal?label={label}");
    for label in ["previous", "pending"] {
        assert_eq!(program.ask(Method::POST, &reveal(label), None).await.status, StatusCode::NOT_FOUND, "{label}");
    }
    past::rotate(&mut omar, &dev, "second", "").await;
    save(&mut omar, &dev, "third").await;
    for (label, version, value) in [("current", 2, "second"), ("previous", 1, first.as_str())] {
        let answer = program.ask(Method::POST, &reveal(label), None).await;
        let expected = json!({ "id": dev, "version": version, "kind": "text", "value": value });
        assert_eq!((answer.status, body(&answer)), (StatusCode::OK, expected), "{label}");
        assert_eq!(answer.header("etag"), format!("\"{version}\""));
    }
    let answer = program.ask(Method::POST, &reveal("pending"), None).await;
    assert_eq!(body(&answer), json!({ "id": dev, "kind": "text", "value": "third" }));
    assert_eq!(answer.header("etag"), "", "it is no version yet");
    for wrong in ["2", "newest", "current&label=pending"] {
        let answer = program.ask(Method::POST, &reveal(wrong), None).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    world.forbid("secret.reveal").await;
    for label in ["current", "previous", "pending"] {
        let answer = program.ask(Method::POST, &reveal(label), None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{label}");
    }
}
