//! The X-ray: what developers see of the questions of a page, and that nobody learns from it what they may not know.

use crate::support::client::{Answer, Client};
use crate::support::page::Page;
use crate::support::world::{World, settings};
use axum::http::StatusCode;
use doorward::SecretId;
use server::http::address::TrustedProxies;
use server::{Settings, router};

/// Somebody who is signed in where the X-ray is on.
async fn watched(world: &World, name: &str) -> Client {
    let mut client = world.sign_in(name).await;
    let settings = Settings { xray: true, ..settings(TrustedProxies::default()) };
    client.go_to(router(world.backend.clone(), settings));
    client
}

fn panel(answer: &Answer) -> Page {
    answer.page().section("X-ray")
}

/// The server must be started with that option.
#[tokio::test(flavor = "multi_thread")]
async fn the_decisions_of_a_page_are_shown_only_on_request() {
    let world = World::new().await;
    let address = format!("/secrets/{}", world.omars_secret("dev").await);
    assert!(!world.sign_in("omar").await.get(&address).await.page().shows("X-ray"));
    let page = watched(&world, "omar").await.get(&address).await;
    let panel = panel(&page);
    assert!(
        panel.codes().contains(&"/secrets/:id".to_owned()) && panel.shows("3 questions, 1 deferred part"),
        "{panel}"
    );
    let records = world.records().like("action", "secret.%").ordered("at, id").ids().await;
    assert!(
        records.len() >= 6 && records[records.len() - 3..].iter().all(|record| panel.source().contains(record)),
        "{panel}"
    );
    for shown in [
        "Permit<ReadSecret> → secrets.secret(permit)",
        "loader SecretSection::load · app/src/secrets/section.rs:",
        "Permit<ReadUses> → secrets.uses(permit)",
        "loader Secret::load · app/src/secrets/secret/mod.rs:",
        "Permit<ReadHistory> → secrets.history(permit)",
        "deferred part · app/src/secrets/downloads/history.rs:",
        "SecretFacts",
        "app::secrets::policy",
    ] {
        assert!(panel.shows(shown), "{shown} in {panel}");
    }
    assert!(!page.body.contains(env!("CARGO_MANIFEST_DIR").trim_end_matches("server")), "no path of this machine");
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_and_times_are_those_of_each_question() {
    let world = World::new().await;
    let address = format!("/secrets/{}", world.omars_secret("dev").await);
    let page = watched(&world, "omar").await.get(&address).await;
    let rows = panel(&page).rows();
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let row = row.cell("Cost");
        assert!(!row.starts_with("0 statements") && row.contains("decide ") && row.contains(", read "), "{row}");
        assert!(!row.contains("record 0.00 ms"), "{row}");
    }
}

/// The answer to a form is a redirect, or comes without a document.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_after_an_action_shows_what_the_action_asked() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}");
    let mut omar = watched(&world, "omar").await;
    omar.get(&address).await;
    let sent = omar.post_as_island(&address, &[("action", "rename"), ("name", "new-name")]).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT);
    assert_eq!(omar.call_value(&id).await.status, StatusCode::OK);
    let earlier = panel(&omar.get(&address).await);
    for shown in [
        "form action Rename::run of /secrets/:id · app/src/secrets/secret/rename.rs:",
        "Permit<RenameSecret> → secrets.rename(permit)",
        "carries the transaction",
        "server function · app/src/islands/value.rs:",
        "Permit<RevealSecret> → secrets.reveal(permit)",
    ] {
        assert!(earlier.shows(shown), "{shown} in {earlier}");
    }
    assert!(!panel(&omar.get(&address).await).shows("Rename::run"), "each is shown once");
}

/// G18: one may not learn that it exists.
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_secret_looks_like_none_in_the_xray() {
    let world = World::new().await;
    let mut noor = watched(&world, "noor").await;
    let mut seen = Vec::new();
    for id in [world.omars_secret("dev").await, SecretId::NOTHING.to_string()] {
        let answer = noor.get(&format!("/secrets/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let mut text = panel(&answer).source().to_owned();
        for record in world.records().ids().await {
            text = text.replace(&record, "…");
        }
        let text = text.replace(|letter: char| letter.is_ascii_digit(), "");
        assert!(!text.contains("no_such_record") && !text.contains(">hidden<"), "{text}");
        seen.push(text);
    }
    assert_eq!(seen[0], seen[1]);
}

/// A copy is two decisions in one transaction.
#[tokio::test(flavor = "multi_thread")]
async fn further_decisions_of_a_transaction_are_shown() {
    let world = World::new().await;
    let id = world.omars_secret("dev").await;
    let mut omar = watched(&world, "omar").await;
    let copy = [("action", "copy"), ("environment", "dev"), ("name", "a/copy")];
    assert_eq!(omar.post(&format!("/secrets/{id}/copy"), &copy).await.status, StatusCode::SEE_OTHER);
    let shown = panel(&omar.get("/secrets").await);
    let rows: Vec<_> = shown.rows();
    let place = |name: &str| rows.iter().position(|row| row.page.shows(name));
    let (first, further) = (place("Permit<AddSecret>"), place("Permit<CopyValue>"));
    assert!(first.is_some() && further > first, "{shown}");
    let record = world.records().of("secret.reveal").one("id").await;
    assert!(shown.shows("in the transaction of the question above") && shown.shows(&record), "{shown}");
}
