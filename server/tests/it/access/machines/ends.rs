//! The end of what a machine has: each takes effect with the commit of what caused it (G10, G46).

use super::{Machine, Program};
use crate::support::world::World;
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A machine with a role, and a program that runs as it.
async fn running(world: &World) -> (Machine, String, Program) {
    let mut machine = Machine::add(world, "ci", "omar").await;
    machine.give(world, "operator", "dev").await;
    let secret = machine.secret("pipeline").await;
    let program = Program::begin(world, &secret).await;
    (machine, secret, program)
}

async fn credential(world: &World) -> String {
    world.table("machine_credentials").without("revoked_at").ids().await.remove(0)
}

/// G46.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_credential_ends_its_sessions() {
    let world = World::new().await;
    let (mut machine, secret, mut program) = running(&world).await;
    let first = credential(&world).await;
    let other_secret = machine.secret("other").await;
    let mut other = Program::begin(&world, &other_secret).await;
    let revoke = [("action", "revoke"), ("credential", first.as_str())];
    assert_eq!(machine.owner.post(&machine.page, &revoke).await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.get("/whoami").await.status, StatusCode::OK, "it came from another credential");
    let begun = Program::new(&world, Some(&secret)).post("/sessions", &json!({})).await;
    assert_eq!(begun.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.records().of("session.ended").because("ended_with_credential").count().await, 1);
    let again = machine.owner.post(&machine.page, &revoke).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A credential of another machine cannot be revoked by the owner of this one (G37).
#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_another_machine_does_nothing() {
    let world = World::new().await;
    let (machine, _, mut program) = running(&world).await;
    let mut petras = Machine::add(&world, "other", "petra").await;
    let credential = credential(&world).await;
    let session = world.table("machine_sessions").each("session").await.remove(0);
    for fields in [
        [("action", "revoke"), ("credential", credential.as_str())],
        [("action", "end"), ("session", session.as_str())],
    ] {
        let refused = petras.owner.post(&petras.page, &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(petras.owner.post(&machine.page, &fields).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(program.get("/whoami").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_owner_ends_one_session_of_a_machine() {
    let world = World::new().await;
    let (mut machine, secret, mut program) = running(&world).await;
    let session = world.table("machine_sessions").each("session").await.remove(0);
    let mut other = Program::begin(&world, &secret).await;
    let end = [("action", "end"), ("session", session.as_str())];
    assert_eq!(machine.owner.post(&machine.page, &end).await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.get("/whoami").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_machine_has_no_session() {
    let world = World::new().await;
    let (mut machine, secret, mut program) = running(&world).await;
    machine.owner.post(&machine.page, &[("action", "disable")]).await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    world.sign_in("ada").await.post(&machine.page, &[("action", "enable")]).await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED, "what ended stays ended");
    Program::begin(&world, &secret).await;
}

/// G27.
#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_owner_freezes_their_machines() {
    let world = World::new().await;
    let (machine, secret, mut program) = running(&world).await;
    let omar = format!("/access/identities/{}", world.identity("omar").await);
    let mut ada = world.sign_in("ada").await;
    assert_eq!(ada.post(&omar, &[("action", "disable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    assert!(ada.get(&machine.page).await.page().shows("Orphaned"));
    let refused = Program::new(&world, Some(&secret)).post("/sessions", &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.open_sessions().other_than("kind", "person").count().await, 0);
    assert_eq!(ada.post(&omar, &[("action", "enable")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED, "what ended stays ended");
}

/// Whatever disables an owner: the look-up of a session needs no code that remembers to end it.
#[tokio::test(flavor = "multi_thread")]
async fn no_session_counts_without_its_rows() {
    let world = World::new().await;
    let (_, secret, mut program) = running(&world).await;
    for (table, column) in [("identities", "frozen_at"), ("machine_credentials", "revoked_at")] {
        let rows = || match table {
            "identities" => world.identities().with("name", "omar"),
            table => world.table(table),
        };
        rows().set(column, 1).await;
        assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED, "{column}");
        assert_eq!(world.open_sessions().other_than("kind", "person").count().await, 0);
        rows().set(column, None::<i64>).await;
        assert_eq!(program.get("/whoami").await.status, StatusCode::OK, "{column}");
    }
    world.table("machine_sessions").remove().await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    Program::begin(&world, &secret).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_ends_the_sessions_of_the_old_one() {
    let world = World::new().await;
    let (mut machine, secret, mut program) = running(&world).await;
    machine.owner.post(&machine.page, &[("action", "offer"), ("to", "vera")]).await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::OK, "an offer ends nothing");
    world.sign_in("vera").await.post(&machine.page, &[("action", "accept")]).await;
    assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
    let refused = Program::new(&world, Some(&secret)).post("/sessions", &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

/// G10: no request that begins after the revocation was answered is accepted.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_loop_stops_with_the_revocation() {
    let world = World::new().await;
    let (mut machine, _, program) = running(&world).await;
    let credential = credential(&world).await;
    let revoked = Arc::new(AtomicBool::new(false));
    let (first, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let mut loops = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (mut program, revoked, first) = (program.clone(), Arc::clone(&revoked), first.clone());
        loops.spawn(async move {
            let mut late = 0;
            while late < 3 {
                let is_after = revoked.load(Ordering::SeqCst);
                let status = program.get("/whoami").await.status;
                let _ = first.send(());
                late += i32::from(is_after);
                assert!(!is_after || status == StatusCode::UNAUTHORIZED, "accepted after the revocation");
            }
        });
    }
    for _ in 0..20 {
        seen.recv().await.expect("they run");
    }
    let revoke = [("action", "revoke"), ("credential", credential.as_str())];
    assert_eq!(machine.owner.post(&machine.page, &revoke).await.status, StatusCode::SEE_OTHER);
    revoked.store(true, Ordering::SeqCst);
    while let Some(done) = loops.join_next().await {
        done.expect("no accepted request after it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_beside_a_revocation_leaves_no_session() {
    let world = World::new().await;
    let (machine, secret, program) = running(&world).await;
    let credential = credential(&world).await;
    let mut exchanges = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut program = Program { token: Some(secret.clone()), ..program.clone() };
        exchanges.spawn(async move {
            let begun = program.post("/sessions", &json!({})).await;
            program.token = (begun.status == StatusCode::CREATED)
                .then(|| super::body(&begun)["token"].as_str().expect("a token").to_owned());
            program
        });
    }
    let mut owner = machine.owner.clone();
    let revoke = [("action", "revoke"), ("credential", credential.as_str())];
    assert_eq!(owner.post(&machine.page, &revoke).await.status, StatusCode::SEE_OTHER);
    for mut program in exchanges.join_all().await {
        assert_eq!(program.get("/whoami").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(program.ask(Method::DELETE, "/sessions/current", None).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.open_sessions().other_than("kind", "person").count().await, 0);
}
