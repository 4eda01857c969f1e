//! Secrets out of use: nobody uses them, they come back whole, and they are deleted only after the delay.

use crate::support::world::{Client, World};
use axum::http::StatusCode;
use doorward::{Clock, TimeSpan};
use server::secrets::details::deletion::Deletions;

fn edit(id: &str) -> String {
    format!("/secrets/{id}/edit")
}

async fn act(client: &mut Client, id: &str, action: &str) -> StatusCode {
    client.post(&edit(id), &[("action", action)]).await.status
}

async fn name_of(world: &World, id: &str) -> String {
    world.secret_name(id).await
}

async fn sweep(world: &World) {
    Deletions::of(&world.backend).once(world.clock.now()).await.expect("it sweeps");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_secret_is_used_by_nobody() {
    let world = World::new().await;
    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    let id = world.omars_secret("dev").await;
    world.grant_until(&id, "vera", None).await;
    let (page, value) = (format!("/secrets/{id}"), world.value_of(&id).await);
    let losses = || world.identities().with("name", "vera").number("rights");
    let before = losses().await;
    let archive = [("action", "archive"), ("why", "not needed")];
    assert_eq!(omar.post(&edit(&id), &archive).await.location(), edit(&id));
    assert_eq!(losses().await, before + 1, "open pages are out of date");
    assert!(vera.get("/inbox").await.page().shows("Omar Haddad archived "));
    for client in [&mut omar, &mut vera] {
        assert_eq!(client.call_value(&id).await.status, StatusCode::FORBIDDEN);
        for (address, fields) in [
            (page.clone(), &[("action", "reveal")][..]),
            (page.clone(), &[("action", "rotate"), ("value", "x")]),
            (format!("{page}/versions"), &[("action", "reveal"), ("version", "1")]),
            (format!("{page}/versions"), &[("action", "restore"), ("version", "1")]),
            (format!("{page}/access"), &[("action", "grant"), ("with", "noor"), ("lasts", "1h")]),
            (edit(&id), &[("action", "give"), ("to", "noor")]),
        ] {
            let answer = client.post(&address, fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address} {fields:?}");
            assert!(!answer.body.contains(&value));
        }
    }
    assert!(world.records().because("archived").count().await > 6);
    assert!(omar.post(&page, &[("action", "reveal")]).await.page().shows("It is archived."));
    assert!(omar.get(&page).await.page().shows("Archived by Omar Haddad on "));
    // A grant can still be taken away.
    let vera_id = world.identity("vera").await;
    let taken = omar.post(&format!("{page}/access"), &[("action", "take-back"), ("from", &vera_id)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    assert_eq!(world.value_of(&id).await, value);
    assert_eq!(act(&mut omar, &id, "archive").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(act(&mut omar, &id, "bring-back").await, StatusCode::SEE_OTHER);
    assert_eq!(act(&mut omar, &id, "bring-back").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_secrets_are_listed_only_when_asked_for() {
    let world = World::new().await;
    world.grants().remove().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let name = name_of(&world, &id).await;
    act(&mut omar, &id, "archive").await;
    for address in ["/secrets", "/secrets.csv", "/secrets?name=", "/secrets.ndjson?environment=dev"] {
        assert!(!omar.get(address).await.body.contains(&id), "{address}");
    }
    for address in ["/secrets?state=archived", "/secrets.csv?state=archived"] {
        let list = omar.get(address).await.body;
        assert!(list.contains(&id) && list.contains(&name), "{address}: {list}");
    }
    assert!(
        world.sign_in("petra").await.get("/secrets?state=archived").await.page().links_to(&format!("/secrets/{id}"))
    );
    assert!(!world.sign_in("vera").await.get("/secrets?state=archived").await.body.contains(&id));
    assert_eq!(omar.get("/secrets?state=deleted").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Its name stays taken.
    let added = omar.post("/secrets/add", &[("environment", "dev"), ("name", &name), ("value", "x")]).await;
    assert_eq!(added.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_looks_after_a_secret_archives_it() {
    let world = World::new().await;
    world.grants().remove().await;
    let id = world.omars_secret("dev").await;
    for action in ["archive", "bring-back", "delete", "cancel-deletion"] {
        for (name, status) in
            [("vera", StatusCode::NOT_FOUND), ("petra", StatusCode::FORBIDDEN), ("quinn", StatusCode::FORBIDDEN)]
        {
            assert_eq!(act(&mut world.sign_in(name).await, &id, action).await, status, "{name} {action}");
        }
    }
    let production = world.omars_secret("production").await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    assert_eq!(act(&mut omar, &production, "archive").await, StatusCode::FORBIDDEN);
    world.clock.advance(TimeSpan::minutes(6));
    let held_up = ada.post(&edit(&production), &[("action", "archive")]).await;
    assert!(held_up.location().starts_with("/confirm"), "{}", held_up.location());
    assert_eq!(world.secrets().having("archived_at").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_waits_and_can_be_cancelled() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let name = name_of(&world, &id).await;
    let delete = [("action", "delete"), ("typed", name.as_str()), ("why", "over")];
    let refused = omar.post(&edit(&id), &delete).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.page().shows("Archive the secret first."));
    act(&mut omar, &id, "archive").await;
    for typed in ["", "another", &name[1..]] {
        let answer = omar.post(&edit(&id), &[("action", "delete"), ("typed", typed)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
    }
    assert_eq!(omar.post(&edit(&id), &delete).await.status, StatusCode::SEE_OTHER);
    assert!(omar.get(&edit(&id)).await.page().shows("It is deleted for good on "));
    assert_eq!(omar.post(&edit(&id), &delete).await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
    world.clock.advance(TimeSpan::hours(7 * 24 - 1));
    sweep(&world).await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(act(&mut omar, &id, "cancel-deletion").await, StatusCode::SEE_OTHER);
    assert_eq!(act(&mut omar, &id, "cancel-deletion").await, StatusCode::UNPROCESSABLE_ENTITY);
    world.clock.advance(TimeSpan::hours(2));
    sweep(&world).await;
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.post(&edit(&id), &delete).await.status, StatusCode::SEE_OTHER);
    assert_eq!(act(&mut omar, &id, "bring-back").await, StatusCode::SEE_OTHER, "that cancels it too");
    world.clock.advance(TimeSpan::hours(8 * 24));
    sweep(&world).await;
    assert_eq!(world.sign_in("omar").await.call_value(&id).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_secret_leaves_only_its_records() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (id, other) = (world.omars_secret("dev").await, world.omars_secret("staging").await);
    let name = name_of(&world, &id).await;
    world.grant_until(&id, "vera", None).await;
    let over = crate::secrets::details::revision(&mut omar, &id).await;
    let said = [("action", "save"), ("description", "a-word-of-its-own"), ("tags", "gone"), ("over", over.as_str())];
    assert_eq!(omar.post(&edit(&id), &said).await.status, StatusCode::SEE_OTHER);
    act(&mut omar, &id, "archive").await;
    act(&mut omar, &other, "archive").await;
    omar.post(&edit(&id), &[("action", "delete"), ("typed", &name)]).await;
    world.clock.advance(TimeSpan::hours(7 * 24 + 1));
    sweep(&world).await;
    sweep(&world).await;
    for table in ["secret_versions", "grants", "secret_tags"] {
        assert_eq!(world.table(table).with("secret", &id).count().await, 0, "{table}");
    }
    assert_eq!(world.secrets().with("description", "a-word-of-its-own").count().await, 0);
    assert_eq!(world.records().of("secret.deleted").each("resource").await, [format!("secret:{id}")]);
    assert_eq!(world.records().of("secret.edit").with("resource", format!("secret:{id}")).count().await, 1);
    let mut omar = world.sign_in("omar").await;
    for page in [format!("/secrets/{id}"), edit(&id), format!("/secrets/{id}/versions")] {
        assert_eq!(omar.get(&page).await.status, StatusCode::NOT_FOUND, "{page}");
    }
    assert_eq!(act(&mut omar, &id, "bring-back").await, StatusCode::NOT_FOUND);
    assert!(omar.get("/inbox").await.page().shows("was deleted for good"));
    assert_eq!(omar.get(&edit(&other)).await.status, StatusCode::OK, "an archived one alone is kept");
    let added = omar.post("/secrets/add", &[("environment", "dev"), ("name", &name), ("value", "x")]).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "the name is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_does_not_touch_an_archived_secret() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    act(&mut omar, &id, "archive").await;
    let text = format!("{}=a-new-value\n", name_of(&world, &id).await);
    let imported = server::secrets::cli::import(&world.backend, "some.env", &text, "dev", Some("omar")).await;
    assert!(imported.err().expect("it is refused").to_string().contains("is archived"));
    assert_eq!(world.highest_version().await, 1);
}
