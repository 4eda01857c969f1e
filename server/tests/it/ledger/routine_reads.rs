//! Routine reads: recorded, left out of lists at first, and never missing where a file claims all.

use crate::ledger::sealer::seals::{seal, signer};
use crate::support::page::Page;
use crate::support::world::{Answer, Client, World};
use axum::body::Body;
use axum::http::{Method, StatusCode};

/// Opens the stream that a page opens by itself; its body stays unread.
async fn watch(client: &Client) -> StatusCode {
    let request = client.request(Method::GET, "/live?rights=0").header("sec-fetch-site", "same-origin");
    client.open(request.body(Body::empty()).expect("a request")).await.status()
}

/// A world with a background check that was allowed and one that was refused.
async fn with_checks() -> World {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    assert_eq!(watch(&omar).await, StatusCode::OK);
    assert_eq!(watch(&world.visitor()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.records().of("session.watch").count().await, 2);
    world
}

fn checks(page: &Answer) -> usize {
    assert_eq!(page.status, StatusCode::OK);
    page.page().codes().iter().filter(|code| *code == "session.watch").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_hides_allowed_checks_until_it_is_asked() {
    let world = with_checks().await;
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger").await;
    assert_eq!(checks(&page), 1, "the refused one alone");
    assert!(
        page.page().shows("Show routine reads") && page.page().fields().iter().any(|field| field.name == "routine")
    );
    assert!(page.page().links_to("/access/ledger?routine=shown"), "a link, without any script");
    assert_eq!(checks(&quinn.get("/access/ledger?routine=hidden").await), 1);
    assert_eq!(checks(&quinn.get("/access/ledger?who=omar").await), 0);
    let with_them = quinn.get("/access/ledger?who=omar&routine=shown").await;
    assert_eq!(checks(&with_them), 1);
    assert!(
        with_them.page().fields().iter().any(|field| field.name == "routine" && field.checked)
            && !with_them.page().shows("Show routine reads")
    );
    assert_eq!(checks(&quinn.get("/access/ledger?action=session.watch").await), 2, "a search for them finds them");
    let bad = quinn.get("/access/ledger?routine=maybe").await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_complete_or_says_in_its_name_what_is_missing() {
    let world = with_checks().await;
    let mut quinn = world.sign_in("quinn").await;
    let checks = |file: &Answer| file.body.matches("session.watch").count();
    let whole = quinn.get("/access/ledger.csv?who=omar").await;
    assert_eq!(checks(&whole), 1);
    assert!(!whole.header("content-disposition").contains("without"));
    let page = quinn.get("/access/ledger?who=omar").await.page();
    for kind in ["csv", "ndjson"] {
        let address = format!("/access/ledger.{kind}?who=omar&routine=hidden");
        assert!(page.links_to(&address), "the page's own link says it");
        let file = quinn.get(&address).await;
        assert_eq!(checks(&file), 0);
        let name = file.header("content-disposition");
        assert!(name.contains("ledger-omar-without-routine-reads-"), "{name}");
    }
    let said = world.records().of("ledger.export").ordered("at").each("parameters").await;
    assert_eq!(said, ["who=omar", "routine=hidden&who=omar", "routine=hidden&who=omar"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_hides_checks_behind_a_visible_switch() {
    let world = with_checks().await;
    let mut omar = world.sign_in("omar").await;
    let page = omar.get("/").await;
    assert_eq!(checks(&page), 0);
    assert!(page.page().links_to("/?routine=shown"));
    let with_them = omar.get("/?routine=shown").await;
    assert_eq!(checks(&with_them), 1);
    assert!(with_them.page().shows("Hide routine reads"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_finds_nothing_still_has_its_header() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    for (address, first) in [("/access/ledger.csv?who=nobody-at-all", "id,at,"), ("/secrets.csv?name=no-such", "name,")]
    {
        let file = quinn.get(address).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(file.header("content-type").contains("header=present"));
        assert_eq!(file.body.lines().count(), 1, "{address}: {}", file.body);
        assert!(file.body.starts_with(first) && file.body.ends_with("\r\n"), "{address}: {}", file.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_read_the_times_that_the_product_prints() {
    let world = World::new().await;
    world.sign_in("omar").await.get("/settings").await;
    let mut quinn = world.sign_in("quinn").await;
    let file = quinn.get("/access/ledger.ndjson?action=settings.read").await;
    let record: serde_json::Value = serde_json::from_str(&file.body).expect("one record");
    let at = record["at"].as_str().expect("a time");
    let bare = at.trim_end_matches('Z');
    let escaped = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for time in [at.to_owned(), format!("{bare}+00:00"), format!("{bare}000-00:00"), bare.to_owned()] {
        let from = quinn.get(&format!("/access/ledger?action=settings.read&from={}", escaped(&time))).await;
        assert_eq!(from.status, StatusCode::OK, "{time}");
        assert!(from.page().codes().contains(&"settings.read".to_owned()), "it is in the time that it names: {time}");
        let until = quinn.get(&format!("/access/ledger?action=settings.read&until={}", escaped(&time))).await;
        assert!(!until.page().codes().contains(&"settings.read".to_owned()), "and not before it: {time}");
    }
    let page = quinn.get(&format!("/access/ledger?from={}", escaped(at))).await.page();
    assert!(
        page.fields().iter().any(|field| field.name == "from" && field.value == bare),
        "the field keeps the milliseconds"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_never_hides_what_was_done_with_a_secret() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    omar.call_value(&id).await;
    for _ in 0..12 {
        omar.get(&format!("/secrets/{id}")).await;
    }
    let page = omar.get(&format!("/secrets/{id}")).await.page();
    let text = page.text();
    let (panel, folded) = text.split_once("Show routine reads").expect("a switch");
    assert!(panel.contains("secret.reveal ") && !panel.contains("secret.read "), "{page}");
    assert!(folded.contains("secret.read "));
    let record = world.records().of("secret.reveal").ids().await.remove(0);
    assert!(page.records().contains(&record), "omar may read the receipt");
    let file = omar.get(&format!("/secrets/{id}/history.ndjson")).await.body;
    assert!(file.contains("secret.read\"") && file.contains("secret.reveal\""), "a file has everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_count_routine_reads_when_they_are_asked() {
    let world = with_checks().await;
    let mut quinn = world.sign_in("quinn").await;
    seal(&world, &signer()).await;
    let allowed = |page: &Page| {
        let text = page.text();
        let said = text.split("Allowed ").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
        said.and_then(|number| number.parse::<i64>().ok()).expect("a number")
    };
    let page = quinn.get("/access/ledger/charts").await.page();
    let switch = page.addresses().iter().any(|address| address.contains("charts?routine=shown"));
    assert!(page.shows("Routine reads are not counted.") && switch, "{page}");
    let with_them = quinn.get("/access/ledger/charts?routine=shown").await.page();
    assert!(allowed(&page) < allowed(&with_them));
}
