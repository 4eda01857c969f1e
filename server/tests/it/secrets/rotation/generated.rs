//! Generated values: by their settings, once, and seen by nobody who does not reveal them.

use super::set;
use crate::support::world::{Client, World};
use axum::http::StatusCode;
use server::secrets::cli::{Kind, RotateSecret, rotate};

const CHARACTERS: [(&str, &str); 5] =
    [("action", "generate"), ("generator", "characters"), ("length", "20"), ("lower", "yes"), ("digits", "yes")];

async fn generate(client: &mut Client, id: &str, more: &[(&str, &str)]) -> StatusCode {
    client.post(&format!("/secrets/{id}"), &[&CHARACTERS[..], more].concat()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_value_keeps_its_policy_and_is_not_shown() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    let more = [("look-alikes", "yes"), ("without", "abc"), ("why", "a laptop was lost")];
    assert_eq!(generate(&mut omar, &id, &more).await, StatusCode::SEE_OTHER);
    let value = world.value_of(&id).await;
    assert_eq!(value.len(), 20);
    assert!(value.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()), "{value}");
    assert!(
        value.chars().any(|letter| letter.is_ascii_digit()) && !value.contains(['0', 'l', 'a', 'b', 'c']),
        "{value}"
    );
    let shown = omar.get(&page).await.page();
    assert!(shown.shows("A value was generated: 20 characters, ") && shown.shows(" bits of entropy"), "{shown}");
    for address in [page.clone(), format!("{page}/versions"), format!("{page}/edit")] {
        assert!(!omar.get(&address).await.body.contains(&value), "{address}");
    }
    assert!(!world.database_holds(&value).await, "it is encrypted, and in no record");
    let said = world.records().of("secret.generate").each("parameters").await;
    assert!(said[0].contains("generator=characters") && said[0].contains("why=a%20laptop"), "{said:?}");
    assert_eq!(world.records().of("secret.reveal").count().await, 0);
    assert!(omar.post(&page, &[("action", "reveal")]).await.page().shows(&value));
    assert_eq!(world.records().of("secret.reveal").count().await, 1, "its own decision and record");
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_settings_generate_the_next_value_by_one_button() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    let again = [("action", "generate-again")];
    let refused = omar.post(&page, &again).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("No settings are kept."), "{}", refused.body);
    assert_eq!(generate(&mut omar, &id, &[]).await, StatusCode::SEE_OTHER);
    assert!(!omar.get(&page).await.page().shows("Kept with this secret"), "only if that was asked for");
    assert_eq!(generate(&mut omar, &id, &[("keep", "yes")]).await, StatusCode::SEE_OTHER);
    let shown = omar.get(&page).await.page();
    assert!(shown.shows("Kept with this secret: 20 characters"), "{shown}");
    let before = world.value_of(&id).await;
    assert_eq!(set(&mut omar, &id, "30").await, StatusCode::SEE_OTHER);
    let mut omar = super::after(&world, 40, "omar").await;
    assert!(omar.get(&page).await.page().shows("overdue by 10 days"));
    assert_eq!(omar.post(&page, &again).await.status, StatusCode::SEE_OTHER);
    let after = world.value_of(&id).await;
    assert!(after.len() == 20 && after != before);
    assert!(omar.get(&page).await.page().shows("due in 29 days"), "that is a rotation");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_generates_counts_once_and_not_over_others() {
    let world = World::new().await;
    let (mut omar, mut ada) = (world.sign_in("omar").await, world.sign_in("ada").await);
    let id = world.omars_secret("dev").await;
    super::grant_to(&world, &id, &["ada"]).await;
    let token = omar.get(&format!("/secrets/{id}")).await.page().form_of("generate").token();
    let more = [("form", token.as_str()), ("over", "1")];
    assert_eq!(generate(&mut omar, &id, &more).await, StatusCode::SEE_OTHER);
    assert_eq!(generate(&mut omar, &id, &more).await, StatusCode::UNPROCESSABLE_ENTITY, "sent twice");
    assert_eq!(
        generate(&mut ada, &id, &[("over", "1")]).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "over another change"
    );
    assert_eq!(world.highest_version().await, 2);
    assert_eq!(world.secrets().having("generator").count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_out_of_their_limits_are_refused_and_kept() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    for (fields, sentence) in [
        (
            &[("generator", "characters"), ("length", "7"), ("lower", "yes")][..],
            "A generated value has 8 to 256 characters.",
        ),
        (&[("generator", "characters"), ("length", "20")], "Choose at least one alphabet."),
        (
            &[("generator", "characters"), ("length", "20"), ("digits", "yes"), ("without", "0123456789")],
            "Nothing is left of one of the alphabets.",
        ),
        (&[("generator", "words"), ("words", "3")], "Enter a number of words from 4 to 32."),
        (&[("generator", "rsa")], "Choose one of these."),
    ] {
        let answer = omar.post(&page, &[&[("action", "generate")], fields].concat()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.page().shows(sentence), "{sentence}: {}", answer.body);
    }
    assert_eq!(world.highest_version().await, 1);
    assert_eq!(world.records().of("secret.generate").with("outcome", "invalid").count().await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_rotate_a_secret_generates_its_value() {
    let world = World::new().await;
    world.grants().remove().await;
    let (id, production) = (world.omars_secret("dev").await, world.omars_secret("production").await);
    super::grant_to(&world, &id, &["vera"]).await;
    for (name, status) in [
        ("vera", StatusCode::FORBIDDEN),
        ("petra", StatusCode::FORBIDDEN),
        ("ada", StatusCode::FORBIDDEN),
        ("noor", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(generate(&mut world.sign_in(name).await, &id, &[]).await, status, "{name}");
    }
    let mut omar = world.sign_in("omar").await;
    assert_eq!(generate(&mut omar, &production, &[]).await, StatusCode::FORBIDDEN);
    let archive = [("action", "archive")];
    assert_eq!(omar.post(&super::edit(&id), &archive).await.status, StatusCode::SEE_OTHER);
    assert_eq!(generate(&mut omar, &id, &[]).await, StatusCode::FORBIDDEN);
    assert_eq!(world.highest_version().await, 1);
}

/// The public part is shown to everybody who may know of the secret, also after its version was restored.
#[tokio::test(flavor = "multi_thread")]
async fn the_public_part_of_a_key_pair_may_be_seen() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    let page = format!("/secrets/{id}");
    for (kind, public, private) in [
        ("openssh", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("pkcs8", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA", "-----BEGIN PRIVATE KEY-----\nMC4CAQ"),
    ] {
        let fields = [("action", "generate"), ("generator", kind)];
        assert_eq!(omar.post(&page, &fields).await.status, StatusCode::SEE_OTHER, "{kind}");
        assert!(world.value_of(&id).await.starts_with(private), "{kind}");
        for name in ["omar", "petra"] {
            let shown = world.sign_in(name).await.get(&page).await.page();
            assert!(shown.shows(public) && !shown.source().contains("PRIVATE KEY"), "{name} {kind}: {shown}");
        }
    }
    omar.post(&page, &[("action", "rotate"), ("value", "typed")]).await;
    assert!(!omar.get(&page).await.page().shows("Public key"));
    omar.post(&format!("{page}/versions"), &[("action", "restore"), ("version", "2")]).await;
    assert!(omar.get(&page).await.page().shows("ssh-ed25519 AAAA"), "it belongs to the value");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_added_with_a_generated_value() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let fields = [
        ("action", "generate"),
        ("environment", "dev"),
        ("name", "billing/new-words"),
        ("value", ""),
        ("generator", "words"),
        ("words", "5"),
        ("length", ""),
    ];
    let added = omar.post("/secrets/add", &fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    let id = added.location().rsplit('/').next().expect("an id").to_owned();
    let value = world.value_of(&id).await;
    assert_eq!(value.split('-').map(str::len).collect::<Vec<_>>(), [5; 5], "{value}");
    assert!(omar.get(added.location()).await.page().shows("Kept with this secret: 5 words, 80 bits of entropy"));
    let taken = omar.post("/secrets/add", &fields).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    let elsewhere = [&fields[..1], &[("environment", "production")], &fields[2..]].concat();
    let refused = omar.post("/secrets/add", &elsewhere).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.page().shows("You cannot add a secret there."), "{}", refused.body);
    assert_eq!(world.secrets().with("name", "billing/new-words").count().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_generates_a_value_with_its_record() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let name = world.secret_name(&id).await;
    let mut options = RotateSecret {
        environment: "dev".to_owned(),
        generate: Some(Kind::Characters),
        length: 32,
        symbols: true,
        without: None,
        words: 6,
        keep: true,
        name: name.clone(),
    };
    let done = rotate(&world.backend, &options).await.expect("it is generated");
    assert_eq!((done.version, done.public), (2, None));
    assert_eq!(world.value_of(&id).await.len(), 32);
    options.generate = None;
    assert_eq!(rotate(&world.backend, &options).await.expect("by what is kept").version, 3);
    assert_eq!(world.value_of(&id).await.len(), 32);
    let records = world.records().of("secret.generate").with("entry", "command");
    assert_eq!(records.with("resource", format!("secret:{id}")).count().await, 2);
    for (generate, length, name, error) in [
        (Some(Kind::Characters), 3, name.clone(), "a generated value has 8 to 256 characters"),
        (None, 24, "no/such".to_owned(), "there is no secret no/such in dev"),
    ] {
        let options = RotateSecret { generate, length, name, ..options.clone() };
        assert_eq!(rotate(&world.backend, &options).await.err().expect("it is refused").to_string(), error);
    }
    assert_eq!(world.highest_version().await, 3);
}
