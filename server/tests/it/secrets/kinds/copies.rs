//! Copies: the value moves on the server alone, taking it is a reveal, and both decisions are one transaction.

use super::{add, add_file, address_of, reveal};
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;

fn page(id: &str) -> String {
    format!("/secrets/{id}/copy")
}

fn id_of(answer: &Answer) -> String {
    address_of(answer).rsplit('/').next().expect("an id").to_owned()
}

async fn copy(client: &mut Client, id: &str, environment: &str, name: &str) -> Answer {
    client.post(&page(id), &[("action", "copy"), ("environment", environment), ("name", name)]).await
}

async fn copy_with(client: &mut Client, id: &str, name: &str, value: &str) -> Answer {
    let fields = [("action", "copy-with-value"), ("environment", "dev"), ("name", name), ("value", value)];
    client.post(&page(id), &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_value_and_belongs_to_the_copier() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.secrets().with("id", &id).set("description", "what it is for").await;
    world.tag(&id, "pci").await;
    world.grant_until(&id, "vera", None).await;
    let shown = omar.get(&page(&id)).await;
    assert!(shown.body.contains("The value is copied on the server, and is not shown."), "{}", shown.body);
    let copied = copy(&mut omar, &id, "staging", "copied/one").await;
    let new = id_of(&copied);
    let value = world.value_of(&id).await;
    assert!(new != id && !copied.everything().contains(&value) && !shown.everything().contains(&value));
    assert_eq!(world.value_of(&new).await, value);
    let copied = || world.secrets().with("id", &new);
    let row = copied().each_of(&["name", "environment", "version", "description"]).await;
    assert_eq!(row, ["copied/one staging 1 what it is for"]);
    assert_eq!(world.table("secret_tags").with("secret", &new).each("tag").await, ["pci"]);
    assert_eq!(copied().names_of("owner").await, ["omar"]);
    assert_eq!(world.grants().with("secret", &new).count().await, 0);
    let taken = world.records().of("secret.reveal").with("resource", format!("secret:{id}"));
    assert_eq!(taken.each("parameters").await, ["by=copy"]);
    let added = world.records().of("secret.add").with("outcome", "done");
    assert_eq!(added.each("parameters").await, ["environment=staging&name=copied/one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_each_kind_keeps_the_kind() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let pairs = address_of(&add(&mut omar, "key-value", "pairs", "A=1\nB=2").await);
    let file = address_of(&add_file(&mut omar, "file", ("a.bin", &[0, 159, 146, 150])).await);
    for (address, name) in [(pairs, "pairs-copy"), (file, "file-copy")] {
        let id = address.rsplit('/').next().expect("an id");
        let copied = address_of(&copy(&mut omar, id, "dev", name).await);
        let (old, new) = (reveal(&mut omar, &address).await, reveal(&mut omar, &copied).await);
        assert_eq!(new.status, StatusCode::OK, "{name}");
        assert_eq!(old.header("content-disposition"), new.header("content-disposition"), "{name}");
        if !new.header("content-disposition").is_empty() {
            assert_eq!(old.bytes(), new.bytes(), "{name}");
        }
        let kinds = world.secrets().one_of("name", &[name, &name.replace("-copy", "")]).each("kind").await;
        assert!(kinds.len() == 2 && kinds[0] == kinds[1], "{kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_fails_takes_nothing_and_adds_nothing() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let archived = id_of(&add(&mut omar, "text", "archived/name", "x").await);
    omar.post(&format!("/secrets/{archived}/edit"), &[("action", "archive")]).await;
    let name = world.secret_name(&world.adas_secret().await).await;
    let before = world.count_all("secrets").await;
    for taken in [name.as_str(), "archived/name"] {
        let refused = copy(&mut omar, &id, "dev", taken).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{taken}");
        assert!(refused.body.contains("Another secret of this environment has that name."), "{}", refused.body);
    }
    for (environment, name) in [("production", "a/copy"), ("nowhere", "a/copy"), ("dev", "a b"), ("dev", "")] {
        let refused = copy(&mut omar, &id, environment, name).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{environment} {name}");
    }
    assert_eq!(world.count_all("secrets").await, before);
    assert_eq!(world.records().of("secret.reveal").with("outcome", "done").count().await, 0);
    assert_eq!(world.records().of("secret.reveal").with("outcome", "invalid").count().await, 2);
    assert_eq!(world.records().of("secret.add").with("outcome", "invalid").count().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_sent_twice_is_made_once() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let token = omar.get(&page(&id)).await.page().form_of("copy").token();
    assert!(!token.is_empty());
    let fields = |name| [("action", "copy"), ("environment", "dev"), ("name", name), ("form", token.as_str())];
    let before = world.count_all("secrets").await;
    assert_eq!(omar.post(&page(&id), &fields("copy/one")).await.status, StatusCode::SEE_OTHER);
    let again = omar.post(&page(&id), &fields("copy/two")).await;
    assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.body.contains("already sent"), "{}", again.body);
    assert_eq!(world.count_all("secrets").await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_reveal_no_value_is_copied() {
    let world = World::new().await;
    world.grants().remove().await;
    let mut ada = world.sign_in("ada").await;
    let id = world.omars_secret("dev").await;
    let value = world.value_of(&id).await;
    let shown = ada.get(&page(&id)).await.body;
    assert!(shown.contains("so the copy needs one of its own") && shown.contains("copy-with-value"), "{shown}");
    let refused = copy(&mut ada, &id, "dev", "copy/of-the-value").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("You do not have permission to copy this value."), "{}", refused.body);
    assert_eq!(world.records().of("secret.reveal").refused().by("ada").count().await, 1);
    assert_eq!(world.records().of("secret.add").with("outcome", "done").count().await, 0);
    let copied = copy_with(&mut ada, &id, "copy/of-ada", "her own value").await;
    assert_eq!(world.value_of(&id_of(&copied)).await, "her own value");
    assert_eq!(world.value_of(&id).await, value);
    assert_eq!(world.records().of("secret.copy").allowed().by("ada").count().await, 1);
    assert_eq!(world.records().of("secret.reveal").allowed().count().await, 0);
    assert!(!world.sign_in("omar").await.get("/inbox").await.body.contains("with its value"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_one_may_not_know_is_copied_like_none() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let (hidden, none) = (world.adas_secret().await, "01jd8z3k7q5m2v9xw4t6b1n0hr");
    for id in [hidden.as_str(), none] {
        assert_eq!(omar.get(&page(id)).await.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(copy(&mut omar, id, "dev", "a/copy").await.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(copy_with(&mut omar, id, "a/copy", "x").await.status, StatusCode::NOT_FOUND, "{id}");
    }
    assert_eq!(world.records().of("secret.add").with("outcome", "done").count().await, 0);
    let own = world.omars_secret("dev").await;
    omar.post(&format!("/secrets/{own}/edit"), &[("action", "archive")]).await;
    for answer in [copy(&mut omar, &own, "dev", "a/copy").await, copy_with(&mut omar, &own, "a/copy", "x").await] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains("It is archived."), "{}", answer.body);
    }
    assert_eq!(world.secrets().with("name", "a/copy").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_copies_a_canary_loses_the_session() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let marked = world.sign_in("ada").await.post(&format!("/secrets/{id}/canary"), &[("state", "on")]).await;
    assert_eq!(marked.status, StatusCode::SEE_OTHER);
    copy_with(&mut omar, &id, "a/copy", "another value").await;
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "nothing was disclosed");
    // The copy is not made, and the session ends all the same.
    copy(&mut omar, &id, "dev", "a/copy").await;
    assert!(omar.get("/secrets").await.location().starts_with("/sign-in"));
    assert_eq!(world.incidents().each("kind").await, ["canary"]);
    assert_eq!(world.count_all("canaries").await, 1, "a copy is no canary");
}

#[tokio::test(flavor = "multi_thread")]
async fn copying_a_value_asks_what_revealing_it_asks() {
    let world = World::new().await;
    world.switch_on("dev", "asks_reason").await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let refused = copy(&mut omar, &id, "staging", "a/copy").await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.body.contains("Say why"), "{}", refused.body);
    let because =
        [("action", "copy"), ("environment", "staging"), ("name", "a/copy"), ("why", "To test billing, ticket 4711")];
    assert_eq!(omar.post(&page(&id), &because).await.status, StatusCode::SEE_OTHER);
    let parameters = world.records().of("secret.reveal").allowed().each("parameters").await;
    assert!(parameters.len() == 1 && parameters[0].contains("why=To%20test"), "{parameters:?}");
    // Production asks for a confirmation within five minutes: of what is taken, too.
    let production = world.omars_secret("production").await;
    world.clock.advance(TimeSpan::minutes(6));
    let held_up = copy(&mut omar, &production, "staging", "another/copy").await;
    assert!(held_up.location().starts_with("/confirm"), "{}", held_up.location());
    assert!(omar.get(held_up.location()).await.body.contains("copy this secret"));
    assert_eq!(world.secrets().with("name", "another/copy").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_that_a_value_was_copied() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.adas_secret().await;
    world.grant_until(&id, "omar", None).await;
    assert_eq!(copy(&mut omar, &id, "dev", "a/copy").await.status, StatusCode::SEE_OTHER);
    let inbox = world.sign_in("ada").await.get("/inbox").await.body;
    assert!(inbox.contains("Omar Haddad copied") && !inbox.contains("a/copy"), "{inbox}");
}
