//! Rotation of the vault's keys: nothing is lost, also if it is interrupted or done twice at once.

use crate::deliveries;
use crate::support::world::{Client, World, settings};
use axum::http::StatusCode;
use server::backend::SqlBackend;
use server::http::address::TrustedProxies;
use server::vault::rotate::{self, Retired, RotateError, Rotation};
use server::vault::{KeyFile, Vault};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A second process on the same database, with a vault of its own.
fn second(world: &World) -> SqlBackend {
    let keys = KeyFile::read(&world.key_file()).unwrap().expect("a key file");
    SqlBackend { vault: Arc::new(Vault::new(&keys, Some(world.key_file()))), ..world.backend.clone() }
}

fn keys_in_the_file(world: &World) -> Vec<String> {
    KeyFile::read(&world.key_file()).unwrap().unwrap().iter().map(server::vault::Key::id).collect()
}

/// Also values of before data keys, and authenticator apps.
#[tokio::test(flavor = "multi_thread")]
async fn every_value_is_wrapped_by_the_new_key() {
    let world = World::new().await;
    let ids = world.ids_of("secrets").await;
    for id in &ids[..3] {
        world.encrypt_directly(id).await;
    }
    let (before, vera) = (world.all_values().await, world.give_codes("vera").await);
    let old = world.key_uses().await;
    assert_eq!((old.len(), old[0].values, old[0].direct), (1, 201, 3));
    let done = world.rotate_keys().await;
    assert!(done.is_new && done.damaged.is_empty());
    assert_eq!(done.wrapped, 201);
    let uses = world.key_uses().await;
    assert_eq!((uses.len(), uses[0].values, uses[0].direct), (1, 201, 0));
    assert_eq!((&uses[0].key, keys_in_the_file(&world)), (&done.key, vec![done.key.clone(), old[0].key.clone()]));
    assert!(world.all_values().await == before && world.has_codes(vera).await);
    for action in ["vault.rotate", "vault.rewrap"] {
        assert_eq!(world.records().of(action).count().await, 1, "{action}");
    }
    assert_eq!(world.rotate_keys().await.wrapped, 201, "the next one makes another key");
    assert!(world.all_values().await == before && world.has_codes(vera).await);
}

/// At each step: after the key file was written, after the key became current, and after each batch.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rotation_goes_on() {
    let world = World::new().await;
    let before = world.all_values().await;
    let prepared = rotate::prepare_apart(&world.backend, &world.keys).await.unwrap();
    assert_eq!(world.records().of("vault.prepare").count().await, 1);
    assert_eq!(rotate::prepare(&world.backend, &world.keys).await.unwrap(), prepared, "no second key is made");
    let mut stopped = Rotation::begin(&world.backend, &world.keys).await.unwrap();
    assert_eq!((&stopped.key, stopped.is_new), (&prepared, true));
    assert!(stopped.step().await.unwrap());
    drop(stopped);
    for steps in 0..3 {
        assert_eq!(world.key_uses().await.len(), 2, "some are done and some are not");
        assert!(world.all_values().await == before);
        let mut again = Rotation::begin(&world.backend, &world.keys).await.unwrap();
        assert_eq!((&again.key, again.is_new), (&prepared, false));
        for _ in 0..steps.min(1) {
            again.step().await.unwrap();
        }
    }
    let unfinished = rotate::prepare(&world.backend, &world.keys).await;
    assert!(matches!(unfinished, Err(RotateError::Unfinished(_))));
    let done = world.rotate_keys().await;
    assert_eq!((&done.key, world.key_uses().await.len(), keys_in_the_file(&world).len()), (&prepared, 1, 2));
    assert!(world.all_values().await == before);
    assert_eq!(world.records().of("vault.rotate").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_takes_up_the_new_key() {
    let world = World::new().await;
    let server = second(&world);
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    let mut omar = world.sign_in("omar").await;
    omar.router = server::router(server.clone(), settings(TrustedProxies::default()));
    let done = world.rotate_keys().await;
    assert!(omar.call_value(&id).await.everything().contains(&value), "it opens what the new key wraps");
    let mut other = world.sign_in("omar").await;
    let writer = second(&world);
    rotate::prepare(&world.backend, &world.keys).await.unwrap();
    let newest = world.rotate_keys().await;
    other.router = server::router(writer, settings(TrustedProxies::default()));
    rotated(&mut other, &id, "written after the rotation").await;
    assert_ne!(done.key, newest.key);
    assert_eq!(world.key_uses().await.iter().map(|uses| &uses.key).collect::<Vec<_>>(), [&newest.key]);
    assert_eq!(world.value_of(&id).await, "written after the rotation");
}

async fn rotated(client: &mut Client, id: &str, value: &str) {
    let answer = client.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", value)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

/// Rotates and reveals a value again and again until told to stop; returns the last value.
async fn busy(mut client: Client, id: String, stop: Arc<AtomicBool>) -> (String, String) {
    for number in 0.. {
        let value = format!("value {number} of {id}");
        rotated(&mut client, &id, &value).await;
        let shown = client.call_value(&id).await.everything();
        assert!(shown.contains(&value), "{value}: {shown}");
        if stop.load(Ordering::SeqCst) {
            return (id, value);
        }
    }
    unreachable!("it is stopped before it has no more numbers")
}

/// Two rotations at once, and two servers whose values are rotated and revealed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn rotations_at_once_with_writers_lose_nothing() {
    let world = World::new().await;
    let mut values = world.all_values().await;
    let (servers, stop) = ([second(&world), second(&world)], Arc::new(AtomicBool::new(false)));
    let mut writers = Vec::new();
    for (server, environment) in servers.iter().zip(["dev", "staging"]) {
        let mut omar = world.sign_in("omar").await;
        omar.router = server::router(server.clone(), settings(TrustedProxies::default()));
        writers.push(tokio::spawn(busy(omar, world.omars_secret(environment).await, Arc::clone(&stop))));
    }
    for _ in 0..2 {
        let both = [second(&world), second(&world)].map(|backend| {
            let keys = world.keys.clone();
            tokio::spawn(async move {
                match Rotation::begin(&backend, &keys).await {
                    Ok(rotation) => rotation.finish().await.map(|done| done.damaged.len()),
                    Err(error) => Err(error),
                }
            })
        });
        for rotation in both {
            match rotation.await.unwrap() {
                Ok(damaged) => assert_eq!(damaged, 0),
                Err(error) => assert!(matches!(error, RotateError::Overtaken | RotateError::Unfinished(_)), "{error}"),
            }
        }
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        let (id, value) = writer.await.unwrap();
        values.insert(id, value);
    }
    assert!(world.all_values().await == values);
    let (uses, file) = (world.key_uses().await, keys_in_the_file(&world));
    assert_eq!(uses.len(), 1, "everything is wrapped by one key: {uses:?}");
    assert!(file.contains(&uses[0].key) && file.len() >= 3, "every key is kept: {file:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_retired_only_if_nothing_needs_it() {
    let world = World::new().await;
    let (values, old) = (world.all_values().await, keys_in_the_file(&world).remove(0));
    let refused = rotate::retire(&world.backend, &world.keys, Some(&old)).await;
    assert!(matches!(refused, Err(RotateError::Current(_))));
    let mut rotation = Rotation::begin(&world.backend, &world.keys).await.unwrap();
    rotation.step().await.unwrap();
    let kept = rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!(kept, Retired { retired: Vec::new(), kept: vec![(old.clone(), 150)] });
    let new = rotation.finish().await.unwrap().key;
    assert_eq!(keys_in_the_file(&world), [new.clone(), old.clone()]);
    let done = rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!(done.retired, std::slice::from_ref(&old));
    assert_eq!(keys_in_the_file(&world), [new]);
    assert_eq!(world.records().of("vault.retire").count().await, 1);
    assert!(world.all_values().await == values);
    // As if it had been killed before it changed the file.
    let left = std::fs::read_to_string(world.key_file()).unwrap();
    rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!(std::fs::read_to_string(world.key_file()).unwrap(), left);
    let unknown = rotate::retire(&world.backend, &world.keys, Some("0123456789abcdef")).await;
    assert!(matches!(unknown, Err(RotateError::NoKey(_))));
}

/// A server that has only a retired key stores nothing, rather than something that nobody can open.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_encrypted_with_a_retired_key() {
    let world = World::new().await;
    let keys = KeyFile::read(&world.key_file()).unwrap().unwrap();
    let elsewhere = SqlBackend { vault: Arc::new(Vault::new(&keys, None)), ..world.backend.clone() };
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.rotate_keys().await;
    omar.router = server::router(elsewhere, settings(TrustedProxies::default()));
    rotated(&mut omar, &id, "by the old key").await;
    assert_eq!(rotate::retire(&world.backend, &world.keys, None).await.unwrap().kept.len(), 1, "it is in use again");
    world.rotate_keys().await;
    rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    let page = omar.post(&format!("/secrets/{id}"), &[("action", "reveal")]).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "a missing key is no damage");
    let before: BTreeMap<_, _> = world.all_values().await;
    let answer = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "lost?")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(world.all_values().await == before);
}

/// A value that waits to be delivered is not wrapped again. Its key stays until the value is gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_kept_while_a_delivery_needs_it() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let link = deliveries::deliver_to(&mut omar, "vera", deliveries::VALUE).await;
    let old = keys_in_the_file(&world).remove(0);
    world.rotate_keys().await;
    let kept = rotate::retire(&world.backend, &world.keys, None).await.unwrap();
    assert_eq!(kept, Retired { retired: Vec::new(), kept: vec![(old.clone(), 1)] });
    let opened = world.sign_in("vera").await.post(&link, deliveries::OPEN).await;
    assert!(opened.body.contains(deliveries::VALUE), "{}", opened.status);
    assert_eq!(rotate::retire(&world.backend, &world.keys, None).await.unwrap().retired, [old]);
}
