//! Secrets by the API: the same policy as on pages.

use super::{Machine, Program, body};
use crate::support::world::World;
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A program of a machine that has a role everywhere and was granted two of omar's secrets.
pub async fn operator(world: &World) -> (Machine, Program, String, String) {
    let mut machine = Machine::add(world, "ci", "omar").await;
    machine.give(world, "operator", "*").await;
    let secret = machine.secret("pipeline").await;
    let (dev, prod) = (world.omars_secret("dev").await, world.omars_secret("production").await);
    world.grant_until(&dev, "ci", None).await;
    world.grant_until(&prod, "ci", None).await;
    let program = Program::begin(world, &secret).await;
    (machine, program, dev, prod)
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["secrets"].as_array().expect("rows");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// G38: every page size gives the same rows, and no others than those that may be opened.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_secrets_hold_what_may_be_opened() {
    let world = World::new().await;
    let (_, mut program, dev, prod) = operator(&world).await;
    assert_eq!(ids(&body(&program.get("/secrets").await)).len(), 2);
    assert_eq!(ids(&body(&program.get("/secrets?environment=dev").await)), std::slice::from_ref(&dev));
    world.give_role_in("ci", "auditor", "dev", None).await;
    let expected: BTreeSet<String> = world
        .secrets()
        .with("environment", "dev")
        .without("archived_at")
        .ids()
        .await
        .into_iter()
        .chain([prod])
        .collect();
    for limit in [1, 7, 50, 200] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = body(&program.get(&format!("/secrets?limit={limit}{cursor}")).await);
            found.extend(ids(&page));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected, "limit {limit}");
        assert_eq!(found.len(), expected.len(), "none twice");
    }
    let named = world.secret_name(&dev).await;
    assert!(ids(&body(&program.get(&format!("/secrets?name={named}")).await)).contains(&dev));
    assert!(ids(&body(&program.get("/secrets?name=%25").await)).is_empty(), "wildcards are inert");
    for wrong in ["limit=0", "limit=-1", "limit=201", "limit=x", "cursor=x", "environment=A", "page=2", "name=a&name=b"]
    {
        let refused = program.get(&format!("/secrets?{wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_reveals_and_replaces_a_value() {
    let world = World::new().await;
    let (_, mut program, dev, _) = operator(&world).await;
    let about = program.get(&format!("/secrets/{dev}")).await;
    assert_eq!((about.status, about.header("etag")), (StatusCode::OK, "\"1\""));
    assert_eq!((&body(&about)["environment"], &body(&about)["archived"]), (&json!("dev"), &json!(false)));
    let value = world.value_of(&dev).await;
    assert!(!about.body.contains(&value));
    let reveal = format!("/secrets/{dev}/reveal");
    let revealed = program.ask(Method::POST, &reveal, None).await;
    let expected = json!({ "id": dev, "version": 1, "kind": "text", "value": value });
    assert_eq!((revealed.status, body(&revealed)), (StatusCode::OK, expected));
    assert_eq!(world.records().of("secret.reveal").by("ci").allowed().with("entry", "api").count().await, 1);
    let versions = format!("/secrets/{dev}/versions");
    let new = json!({ "value": "line one\r\nline two", "reason": "nightly rotation" });
    assert_eq!(program.post(&versions, &new).await.status, StatusCode::PRECONDITION_REQUIRED);
    program.version = Some("\"7\"");
    assert_eq!(program.post(&versions, &new).await.status, StatusCode::PRECONDITION_FAILED);
    program.version = Some("\"1\"");
    let added = program.post(&versions, &new).await;
    assert_eq!((added.status, added.header("etag")), (StatusCode::CREATED, "\"2\""));
    assert_eq!(program.post(&versions, &new).await.status, StatusCode::PRECONDITION_FAILED, "it was replaced");
    assert_eq!(world.value_of(&dev).await, "line one\r\nline two", "exactly as it was sent");
    assert_eq!(body(&program.ask(Method::POST, &reveal, None).await)["version"], json!(2));
}

/// G28, G41: the refusal repeats nothing, and each attempt has its record.
#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_body_is_refused_and_never_repeated() {
    let world = World::new().await;
    let (_, mut program, dev, _) = operator(&world).await;
    let versions = format!("/secrets/{dev}/versions");
    program.version = Some("*");
    for (sent, status) in [
        (json!({ "value": ["hunter2"] }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "hunter2": "hunter2", "value": "a" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "value": "" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "value": "hunter2\0" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "value": "hunter2", "kind": "file" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "value": "hunter2", "reason": "a\nb" }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
        ("{\"value\": \"hunter2".to_owned(), StatusCode::BAD_REQUEST),
        (format!("{{\"value\": \"{}\"}}", "hunter2".repeat(60_000)), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let refused = program.ask(Method::POST, &versions, Some(sent)).await;
        assert_eq!(refused.status, status, "{}", refused.body);
        assert!(!refused.everything().contains("hunter2"));
    }
    let request = program.client.request(Method::POST, &format!("/api/v1{versions}"));
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", program.token.clone().unwrap()));
    let request = request.header(header::CONTENT_TYPE, "text/plain").body("{\"value\":\"hunter2\"}".into()).unwrap();
    assert_eq!(program.client.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(world.secrets().with("id", &dev).number("version").await, 1);
    assert!(world.records().of("secret.rotate").with("outcome", "invalid").count().await >= 8);
    assert!(!world.database_holds("hunter2").await);
}

/// RFC 9470: the exchange is how a machine authenticates, and it counts as recent for five minutes.
#[tokio::test(flavor = "multi_thread")]
async fn a_protected_value_needs_a_fresh_exchange() {
    let world = World::new().await;
    let (mut machine, mut program, dev, prod) = operator(&world).await;
    assert_eq!(program.ask(Method::POST, &format!("/secrets/{prod}/reveal"), None).await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::minutes(6));
    let refused = program.ask(Method::POST, &format!("/secrets/{prod}/reveal"), None).await;
    assert_eq!((refused.status, &body(&refused)["code"]), (StatusCode::UNAUTHORIZED, &json!("not_fresh")));
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=\"300\""));
    assert_eq!(program.ask(Method::POST, &format!("/secrets/{dev}/reveal"), None).await.status, StatusCode::OK);
    machine.owner = world.sign_in("omar").await;
    let mut fresh = Program::begin(&world, &machine.secret("again").await).await;
    assert_eq!(fresh.ask(Method::POST, &format!("/secrets/{prod}/reveal"), None).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_secret_looks_like_none() {
    let world = World::new().await;
    let (_, mut program, ..) = operator(&world).await;
    let hidden = world.secrets().whose("owner", "ada").first().await;
    let told = async |program: &mut Program, id: &str, method: Method, rest: &str| {
        let answer = program.ask(method, &format!("/secrets/{id}{rest}"), None).await;
        let mut told = body(&answer);
        told.as_object_mut().expect("an object").remove("record").expect("the id of the record");
        (answer.status, told)
    };
    for (method, rest) in [(Method::GET, ""), (Method::POST, "/reveal")] {
        let of_hidden = told(&mut program, &hidden, method.clone(), rest).await;
        assert_eq!(of_hidden.0, StatusCode::NOT_FOUND);
        for none in ["01jd8z3k7q5m2v9xw4t6b1n0hr", "x", "..", "%2e%2e"] {
            assert_eq!(told(&mut program, none, method.clone(), rest).await, of_hidden, "{none}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_reveals_a_canary_loses_its_session() {
    let world = World::new().await;
    let (_, mut program, dev, _) = operator(&world).await;
    world.mark(&dev).await;
    assert_eq!(program.ask(Method::POST, &format!("/secrets/{dev}/reveal"), None).await.status, StatusCode::OK);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.incidents().each("kind").await, ["canary"]);
}

/// As External Secrets Operator's webhook provider asks, which cannot exchange its client secret first.
#[tokio::test(flavor = "multi_thread")]
async fn one_request_with_a_client_secret_gets_the_value() {
    let world = World::new().await;
    let mut machine = Machine::add(&world, "ci", "omar").await;
    machine.give(&world, "operator", "dev").await;
    let (id, secret) = (world.omars_secret("dev").await, machine.secret("operator").await);
    let value = format!("/secrets/{id}/value");
    let mut program = Program::new(&world, Some(&secret));
    assert_eq!(program.get(&value).await.status, StatusCode::NOT_FOUND, "it may not know of it");
    world.grant_until(&id, "ci", None).await;
    assert_eq!(body(&program.get(&value).await)["value"], json!(world.value_of(&id).await));
    assert_eq!(program.ask(Method::HEAD, &value, None).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(world.open_sessions().whose("identity", "ci").count().await, 0, "the session ends with the request");
    let done = world.records().by("ci").allowed().each("action").await;
    assert_eq!(done, ["session.start", "session.end", "session.start", "secret.reveal", "session.end"]);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED, "it is no session elsewhere");
    let mut with_session = Program::begin(&world, &secret).await;
    assert_eq!(with_session.get(&value).await.status, StatusCode::OK);
    assert_eq!(with_session.get("/whoami").await.status, StatusCode::OK, "a session of its own stays");
    world.table("machine_credentials").set("revoked_at", 1).await;
    let refused = program.get(&value).await;
    assert_eq!((refused.status, &body(&refused)["code"]), (StatusCode::UNAUTHORIZED, &json!("wrong_client_secret")));
}
