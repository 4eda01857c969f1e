//! Kinds of secrets by the API: each is revealed with its kind, and only texts get new values.

use super::{Machine, Program, body};
use crate::support::world::World;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reveals_each_kind_and_replaces_texts_alone() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.give(&world, "operator", "dev").await;
    let secret = machine.secret("pipeline").await;
    let mut program = Program::begin(&world, &secret).await;
    let mut omar = world.sign_in("omar").await;
    let pairs = [("environment", "dev"), ("name", "api/pairs"), ("kind", "key-value"), ("value", "A=1\nB='a b'")];
    assert_eq!(omar.post("/secrets/add?kind=key-value", &pairs).await.status, StatusCode::SEE_OTHER);
    let file = [("environment", "dev"), ("name", "api/file"), ("kind", "file")];
    let added = omar.post_file("/secrets/add?kind=file", &file, ("a b.bin", b"\x00\xffhi")).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    program.version = Some("*");
    for (kind, name, more) in [
        ("key-value", "api/pairs", json!({ "value": "A=1\nB='a b'\n" })),
        ("file", "api/file", json!({ "file_name": "a b.bin", "base64": "AP9oaQ==" })),
    ] {
        let id = world.secrets().with("name", name).first().await;
        world.grant_until(&id, "ci", None).await;
        assert_eq!(body(&program.get(&format!("/secrets/{id}")).await)["kind"], json!(kind));
        let mut expected = json!({ "id": id, "version": 1, "kind": kind });
        expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let revealed = program.ask(Method::POST, &format!("/secrets/{id}/reveal"), None).await;
        assert_eq!((revealed.status, body(&revealed)), (StatusCode::OK, expected));
        let refused = program.post(&format!("/secrets/{id}/versions"), &json!({ "value": "A=2" })).await;
        assert_eq!(
            (refused.status, &body(&refused)["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_input"))
        );
    }
    let hidden = world.secrets().with("name", "api/pairs").first().await;
    world.grants().remove().await;
    let refused = program.post(&format!("/secrets/{hidden}/versions"), &json!({ "value": "A=2" })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "the kind of a hidden secret is not told");
    assert_eq!(world.highest_version().await, 1);
}
