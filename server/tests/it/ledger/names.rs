//! The ledger is searched by what people know: names of secrets as they were then, names of people, and parts of them.

use crate::ledger::reading::rows;
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::{Client, World};
use axum::http::StatusCode;
use server::ledger::sealer::verify;
use server::ledger::search::indexer;

/// A reveal under one name, one under another, and one of another secret.
async fn revealed() -> World {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    world.rename(&id, "telemetry/uplink-token2").await;
    omar.call_value(&id).await;
    world.rename(&id, "probe/uplink").await;
    omar.call_value(&id).await;
    let other = world.omars_secret("staging").await;
    world.rename(&other, "percent_name").await;
    omar.call_value(&other).await;
    omar.get("/access/ledger").await;
    world
}

async fn found(quinn: &mut Client, query: &str) -> usize {
    let page = quinn.get(&format!("/access/ledger?{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{query}");
    rows(&page)
}

async fn names_find_what_they_say(quinn: &mut Client) {
    for (query, expected) in [
        ("resource=telemetry%2Fuplink-token2", 1),
        ("resource=TELEMETRY", 1),
        ("resource=telemetry/up", 1),
        ("resource=uplink-tok", 1),
        ("resource=token2", 1),
        ("resource=uplink&action=secret.reveal", 2),
        ("resource=probe+uplink&action=secret.reveal", 1),
        ("resource=uplink&action=reveal", 2),
        ("resource=uplink&action=sec", 2),
        ("resource=uplink&action=secret.rev", 2),
        ("resource=uplink&action=secret.rotate", 0),
        ("resource=link", 0),
        // No character of a text is more than a character (G38).
        ("resource=percent%25", 1),
        ("resource=u%25link", 0),
        ("resource=uplink*", 2),
        ("resource=%25", 0),
        ("resource=*", 0),
        ("resource=percent_n", 1),
        // People, by what others call them.
        ("who=Omar+&resource=uplink", 2),
        ("who=Haddad&resource=uplink", 2),
        ("who=mar&resource=uplink", 2),
        ("who=omar%25&resource=uplink", 0),
        ("who=_&resource=uplink", 0),
        ("who=vera&resource=uplink", 0),
        // The reason, as the table shows it.
        ("reason=no+role+holds+this+permission&who=omar", 1),
        ("reason=no_permission&who=omar", 1),
        ("reason=permiss&who=omar", 1),
        ("code=no_permission&who=omar", 1),
        ("code=permission&who=omar", 0),
        ("reason=as+owner&resource=uplink", 2),
        // What became of it.
        ("outcome=done&resource=uplink", 2),
        ("outcome=invalid&resource=uplink", 0),
        ("text=uplink+telemetry&action=secret.reveal", 1),
    ] {
        assert_eq!(found(quinn, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_finds_records_by_names_and_parts_of_names() {
    let world = revealed().await;
    assert_eq!(world.identities().with("name", "omar").set("display_name", "Omar Haddad").await, 1);
    let mut quinn = world.sign_in("quinn").await;
    names_find_what_they_say(&mut quinn).await;
    // The same by the words that are kept of sealed records.
    seal(&world, &signer()).await;
    indexer::all(&world.backend.database).await.expect("they are kept");
    names_find_what_they_say(&mut quinn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_name_is_found_in_any_case_of_any_alphabet() {
    let world = revealed().await;
    world.identities().with("name", "omar").set("display_name", "Élodie Šimek").await;
    let mut quinn = world.sign_in("quinn").await;
    for who in ["%C3%A9lodie", "%C3%89LODIE", "%C5%A1im", "lodie"] {
        assert_eq!(found(&mut quinn, &format!("who={who}&resource=uplink")).await, 2, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_receipts_and_files_name_the_secret_as_it_was_then() {
    let world = revealed().await;
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?action=secret.reveal").await.page();
    assert!(page.shows("telemetry/uplink-token2") && page.shows("probe/uplink"), "{page}");
    let file = quinn.get("/access/ledger.ndjson?resource=token2").await.body;
    assert!(file.contains(r#""resource_name":"telemetry/uplink-token2""#) && file.contains(r#""outcome":"done""#));
    let record = world.records().with("resource_name", "telemetry/uplink-token2").ids().await.remove(0);
    for who in ["quinn", "omar"] {
        let receipt = world.sign_in(who).await.get(&format!("/access/records/{record}")).await.page();
        assert!(receipt.shows("telemetry/uplink-token2") && receipt.described("Outcome") == "Done", "{receipt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_result_says_what_was_searched() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?resource=nowhere&who=vera&decision=allowed").await;
    assert_eq!(rows(&page), 0);
    let page = page.page();
    for said in ["id, or name at that time", "“nowhere”", "display name contains “vera”", "the decision allowed"]
    {
        assert!(page.shows(said), "{said}: {page}");
    }
    assert!(page.shows("Records from before names were recorded are found by the secret's id alone"));
}

/// A record that was sealed before there were outcomes and names keeps its bytes, and claims neither.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_record_shows_no_outcome_and_no_name() {
    let world = revealed().await;
    for column in ["outcome", "resource_name"] {
        world.records().set(column, None::<String>).await;
    }
    let signer = signer();
    seal(&world, &signer).await;
    indexer::all(&world.backend.database).await.expect("they are kept");
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?action=secret.reveal").await.page();
    assert_eq!(page.times("Outcome not recorded"), 3, "{page}");
    assert!(!page.source().contains("probe/uplink"));
    assert_eq!(found(&mut quinn, "outcome=done&action=secret.reveal").await, 0);
    assert_eq!(found(&mut quinn, "resource=uplink&action=secret.reveal").await, 0);
    let whole = verify::database(&world.backend.database, signer.verifier(), None, |_, _| ()).await;
    assert!(whole.is_ok_and(|records| records > 0));
}
