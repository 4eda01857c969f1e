//! The ledger as it is read: by auditors, by the people it is about, and by nobody else; never changed.

use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::{Answer, Client, World};
use axum::http::StatusCode;
use doorward::TimeSpan;
use server::ledger::search::indexer;

/// Some decisions of several people, allowed and refused.
pub async fn busy() -> World {
    let world = World::new().await;
    let (mut vera, mut omar) = (world.sign_in("vera").await, world.sign_in("omar").await);
    let id = world.omars_secret("dev").await;
    omar.get(&format!("/secrets/{id}")).await;
    vera.get(&format!("/secrets/{id}")).await;
    vera.get("/access/sessions").await;
    world
}

/// How many records a page lists.
pub fn rows(answer: &Answer) -> usize {
    answer.page().rows().iter().filter(|row| row.cells.iter().any(|(column, _)| column == "Decision")).count()
}

/// Searches for many things, and counts what is found by hand.
async fn searches_find_what_they_say(world: &World, quinn: &mut Client) {
    let id = world.omars_secret("dev").await;
    let words = "like '%vera%'";
    for (query, condition) in [
        ("who=omar", "name = 'omar'".to_owned()),
        ("action=secret.read", "action = 'secret.read'".to_owned()),
        (&*format!("resource=secret%3A{id}"), format!("resource = 'secret:{id}'")),
        ("decision=refused", "decision = 'refused'".to_owned()),
        ("decision=allowed&who=vera", "decision = 'allowed' and name = 'vera'".to_owned()),
        ("decision=refused&who=vera", "decision = 'refused' and name = 'vera'".to_owned()),
        (
            "decision=refused&who=omar&entry=page",
            "decision = 'refused' and name = 'omar' and entry = 'page'".to_owned(),
        ),
        ("environment=dev", "environment = 'dev'".to_owned()),
        ("environment=Dev&who=vera", "environment = 'dev' and name = 'vera'".to_owned()),
        ("environment=staging", "1 = 0".to_owned()),
        ("reason=hidden", "reason_code = 'hidden'".to_owned()),
        ("entry=stream", "entry = 'stream'".to_owned()),
        ("who=nobody-of-this-name", "1 = 0".to_owned()),
        ("text=Vera", format!("name {words} or lower(parameters) {words}")),
        (
            "text=REFUSED+vera&action=secret.read",
            format!("name {words} and decision = 'refused' and action = 'secret.read'"),
        ),
        (
            "text=secret.read",
            "action = 'secret.read' or parameters like '%secret.read' or parameters like '%secret.read&%'".to_owned(),
        ),
        (&*format!("text={id}"), format!("resource = 'secret:{id}' or parameters like '%{id}%'")),
        ("text=secret.rea", "parameters like '%text=secret.rea'".to_owned()),
        ("text=%27%22+-+*", "1 = 0".to_owned()),
    ] {
        let page = quinn.get(&format!("/access/ledger?routine=shown&{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        // Counted afterwards: the record of the search is there before it looks, and may be found too.
        let count = sqlx::AssertSqlSafe(format!("select count(*) from audit where {condition}"));
        let expected: i64 = sqlx::Row::get(&sqlx::query(count).fetch_one(&world.rows).await.expect("a count"), 0);
        assert_eq!(i64::try_from(rows(&page)), Ok(expected), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_records_that_it_says_and_no_others() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    searches_find_what_they_say(&world, &mut quinn).await;
    for bad in ["decision=maybe", "from=yesterday", "before=x", "who=%00", "environment=a+b"] {
        let page = quinn.get(&format!("/access/ledger?{bad}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert_eq!(rows(&page), 0, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_records_that_are_not_indexed_yet() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let database = &world.backend.database;
    let signer = signer();
    seal(&world, &signer).await;
    indexer::all(database).await.expect("they are kept");
    let kept = || world.table("record_index").number("indexed");
    assert!(kept().await > 0);
    searches_find_what_they_say(&world, &mut quinn).await;
    // Some are sealed and not kept, and some are neither.
    seal(&world, &signer).await;
    searches_find_what_they_say(&world, &mut quinn).await;
    indexer::all(database).await.expect("they are kept");
    assert_eq!(kept().await, world.count_all("ledger_leaves").await);
    // Whether they come by the words of the index: without it nothing is found.
    world.table("record_words").at_least("rowid", 0).remove().await;
    let page = quinn.get("/access/ledger?decision=allowed&who=vera").await;
    assert_eq!(rows(&page), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_can_be_bounded_in_time() {
    let world = busy().await;
    world.clock.advance(TimeSpan::hours(1));
    let between = doorward::Clock::now(&*world.clock);
    world.clock.advance(TimeSpan::hours(1));
    let mut quinn = world.sign_in("quinn").await;
    let at = app::ui::time::rfc3339(between).replace(':', "%3A");
    let before = quinn.get(&format!("/access/ledger?routine=shown&until={at}")).await.page();
    assert!(before.has_link("Only records of omar") && !before.has_link("Only records of quinn"));
    let after = quinn.get(&format!("/access/ledger?routine=shown&from={at}")).await.page();
    assert!(after.has_link("Only records of quinn") && !after.has_link("Only records of omar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_ledger_hold_each_record_once() {
    let world = busy().await;
    let mut omar = world.sign_in("omar").await;
    for _ in 0..60 {
        omar.get("/settings").await;
    }
    let mut quinn = world.sign_in("quinn").await;
    let mut seen = Vec::new();
    let mut address = "/access/ledger?routine=shown&who=omar".to_owned();
    loop {
        let page = quinn.get(&address).await.page();
        let mut ids = page.records();
        let receipt = ids.pop().expect("the page's own receipt");
        seen.extend(ids.into_iter().filter(|id| *id != receipt));
        match page.next() {
            Some(next) => address = next,
            None => break,
        }
    }
    let all = world.records().by("omar").ordered("id desc").ids().await;
    assert_eq!(seen, all);
}

/// To look is a decision like any other.
#[tokio::test(flavor = "multi_thread")]
async fn reading_the_ledger_is_recorded_with_the_search() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    quinn.get("/access/ledger?who=omar&decision=refused").await;
    let mut ada = world.sign_in("ada").await;
    assert_eq!(ada.get("/access/ledger").await.status, StatusCode::FORBIDDEN, "not even an administrator");
    assert_eq!(
        world.records().of("ledger.read").ordered("at").each_of(&["name", "decision", "parameters"]).await,
        ["quinn allowed decision=refused&who=omar", "ada refused "]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_the_receipts_of_their_own_decisions_alone() {
    let world = busy().await;
    let own = world.records().by("omar").ordered("id").each("id").await.remove(0);
    let other = world.records().by("vera").ordered("id").each("id").await.remove(0);
    let mut omar = world.sign_in("omar").await;
    let receipt = omar.get(&format!("/access/records/{own}")).await;
    assert!(receipt.page().shows("What was decided") && receipt.page().shows(&own));
    assert_eq!(omar.get(&format!("/access/records/{other}")).await.status, StatusCode::NOT_FOUND);
    let mut quinn = world.sign_in("quinn").await;
    assert_eq!(quinn.get(&format!("/access/records/{other}")).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_panel_links_to_the_receipt_of_its_decision() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let id = world.omars_secret("dev").await;
    for address in ["/".to_owned(), "/secrets".to_owned(), format!("/secrets/{id}"), "/sessions".to_owned()] {
        let record = omar.get(&address).await.page().records().remove(0);
        let receipt = omar.get(&format!("/access/records/{record}")).await;
        assert!(receipt.status == StatusCode::OK && receipt.page().shows("Allowed"), "{address}");
    }
}

/// It is sent in batches.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledgers_export_holds_every_record_of_the_search() {
    let world = busy().await;
    let rows: Vec<String> = (0..1500)
        .map(|number| {
            format!(
                "('{number:026}', {number}, '{number:026}', 'filler', 'person', 'x.y', '', '', 'allowed', 'session', 'signed in', 'page', 'request')"
            )
        })
        .collect();
    let fill = format!(
        "insert into audit (id, at, identity, name, kind, action, resource, parameters, decision, reason_code, reason, entry, request) values {}",
        rows.join(", ")
    );
    sqlx::query(sqlx::AssertSqlSafe(fill)).execute(&world.rows).await.expect("rows");
    let mut quinn = world.sign_in("quinn").await;
    let file = quinn.get("/access/ledger.ndjson?who=filler").await;
    assert_eq!(file.body.lines().count(), 1500);
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"ledger-filler-"));
    let first: serde_json::Value = serde_json::from_str(file.body.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!((first["action"].as_str(), first["decision"].as_str()), (Some("x.y"), Some("allowed")));
    let table = quinn.get("/access/ledger.csv?who=filler").await.body;
    assert_eq!(table.lines().count(), 1501, "with a header");
    assert_eq!(world.records().of("ledger.export").by("quinn").count().await, 4, "each batch was asked for");
}

/// Nothing in the program writes to a record that stands.
#[test]
fn no_statement_of_the_program_changes_or_removes_a_record() {
    fn look(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                look(&entry);
            } else if entry.extension().is_some_and(|kind| kind == "rs" || kind == "sql") {
                let text = std::fs::read_to_string(&entry).expect("a text").to_lowercase();
                // Records leave by one statement, after the file that they go to was read back.
                let text = if entry.ends_with("sealer/segments.rs") {
                    text.replacen(
                        "\"delete from audit where id in (select record from ledger_leaves where leaf_index >=",
                        "",
                        1,
                    )
                } else {
                    text
                };
                for statement in ["update audit", "delete from audit", "drop table audit", "replace into audit"] {
                    assert!(!text.contains(statement), "{}: {statement}", entry.display());
                }
            }
        }
    }
    look(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    look(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")));
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_count_each_sealed_decision_once() {
    let world = busy().await;
    let signer = signer();
    seal(&world, &signer).await;
    let refused = world.records().refused().count().await;
    let allowed = world.records().allowed().count().await;
    let mut quinn = world.sign_in("quinn").await;
    for over in ["day", "week", "month"] {
        let page = quinn.get(&format!("/access/ledger/charts?routine=shown&over={over}")).await.page();
        assert!(page.counts("Allowed", allowed) && page.counts("Refused", refused), "{over}: {page}");
        assert!(page.has_pictures() && !page.tables().is_empty(), "a picture, and the same in numbers");
    }
    // A day later they are in no bar of the last 24 hours, and in one of the last week's.
    world.clock.advance(TimeSpan::hours(25));
    let mut quinn = world.sign_in("quinn").await;
    assert!(quinn.get("/access/ledger/charts").await.page().counts("Refused", 0));
    assert!(quinn.get("/access/ledger/charts?over=week").await.page().counts("Refused", refused));
    assert_eq!(quinn.get("/access/ledger/charts?over=year").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
