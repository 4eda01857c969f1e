//! The ledger as it is read: by auditors, by the people it is about, and by nobody else; never changed.

use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::{Answer, Client, World};
use app::ledger::search::Search;
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use doorward::{Environments, RecordId, TimeSpan};
use futures::StreamExt;
use server::clock::SystemRandomness;
use server::db::transaction::Source;
use server::ledger::follow;
use server::ledger::search::indexer;
use std::collections::BTreeSet;
use std::time::Duration;

/// Some decisions of several people, allowed and refused.
async fn busy() -> World {
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
    let kept = "select indexed from record_index";
    assert!(world.count(kept).await > 0);
    searches_find_what_they_say(&world, &mut quinn).await;
    // Some are sealed and not kept, and some are neither.
    seal(&world, &signer).await;
    searches_find_what_they_say(&world, &mut quinn).await;
    indexer::all(database).await.expect("they are kept");
    assert_eq!(world.count(kept).await, world.count_all("ledger_leaves").await);
    // Whether they come by the words of the index: without it nothing is found.
    world.table("record_words").from_on("rowid", 0).remove().await;
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
    assert!(before.shows("omar") && !before.has_link("quinn"));
    let after = quinn.get(&format!("/access/ledger?routine=shown&from={at}")).await.page();
    assert!(after.has_link("quinn") && !after.has_link("omar"));
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
async fn a_kept_search_is_ones_own_and_leads_back_to_itself() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let address = "/access/ledger?who=omar&decision=refused";
    let kept = quinn.post(address, &[("action", "keep"), ("name", " Omar, <refused> ")]).await;
    assert_eq!(kept.location(), address);
    let page = quinn.get("/access/ledger").await.page();
    assert_eq!(page.link("Omar, <refused>"), address);
    assert_eq!(world.records().of("ledger.keep_search").count().await, 1);
    for name in ["", " ", "a name of more than sixty characters, which nobody could read in a row"] {
        let answer = quinn.post(address, &[("action", "keep"), ("name", name)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let others = "update kept_searches set identity = (select id from identities where name = 'vera')";
    assert_eq!(world.execute(others).await, 1);
    assert!(!quinn.get("/access/ledger").await.page().shows("Omar, <refused>"), "somebody else's is not shown");
    quinn.post("/access/ledger", &[("action", "remove"), ("name", "Omar, <refused>")]).await;
    assert_eq!(world.count_all("kept_searches").await, 1, "nor removed");
    world.execute("update kept_searches set identity = (select id from identities where name = 'quinn')").await;
    let removed = quinn.post("/access/ledger", &[("action", "remove"), ("name", "Omar, <refused>")]).await;
    assert_eq!(removed.location(), "/access/ledger");
    assert!(!quinn.get("/access/ledger").await.page().shows("Omar, <refused>"));
    let mut vera = world.sign_in("vera").await;
    let refused = vera.post(address, &[("action", "keep"), ("name", "mine")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(world.count_all("kept_searches").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_keeps_so_many_searches_and_no_more() {
    let world = World::new().await;
    let mut quinn = world.sign_in("quinn").await;
    world
        .execute(
            "insert into kept_searches (identity, name, query, kept_at) select i.id, r.id, '', 0 from identities i, \
             (select id from secrets order by id limit 50) r where i.name = 'quinn'",
        )
        .await;
    assert_eq!(world.count_all("kept_searches").await, 50);
    let answer = quinn.post("/access/ledger?who=omar", &[("action", "keep"), ("name", "one more")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.page().shows("remove one first") && answer.page().shows("one more"), "what was typed is kept");
    assert_eq!(world.count_all("kept_searches").await, 50);
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

/// The next event of a stream; nothing where it ended. A comment only says that the stream is there.
pub async fn event(stream: &mut BodyDataStream) -> Option<String> {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(120), stream.next()).await.expect("an event");
        let text = String::from_utf8(next?.ok()?.to_vec()).expect("text");
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_shows_each_new_match_once_and_ends_with_its_session() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let page = quinn.get("/access/ledger?routine=shown&who=omar&follow=1").await.page();
    let tail = page.data("data-follow").expect("the page says where its tail is");
    let answer = quinn.open(quinn.stream(&tail).body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert!(!answer.headers().contains_key("content-disposition"));
    let mut stream = answer.into_body().into_data_stream();

    let (mut omar, mut vera) = (world.sign_in("omar").await, world.sign_in("vera").await);
    vera.get("/settings").await;
    omar.get("/settings").await;
    let mut seen = String::new();
    while !seen.contains("settings.read") {
        seen += &event(&mut stream).await.expect("the stream goes on");
    }
    omar.get("/access/routes").await;
    while !seen.contains("route.list") {
        seen += &event(&mut stream).await.expect("the stream goes on");
    }
    assert!(!seen.contains("who=vera") && seen.contains("who=omar"));
    let ids: Vec<&str> = seen.split("/access/records/").skip(1).map(|rest| &rest[..26]).collect();
    let once: BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), once.len(), "each once");
    let own = quinn.stream("/access/ledger/tail?routine=shown&who=quinn").body(Body::empty()).expect("a request");
    let mut own = quinn.open(own).await.into_body().into_data_stream();
    quinn.get("/settings").await;
    let mut shown = String::new();
    while !shown.contains("settings.read") {
        shown += &event(&mut own).await.expect("the stream goes on");
    }
    assert!(!shown.contains("ledger.follow"), "no look is shown that only followed");
    drop(own);

    world.execute("update sessions set ended_at = 1, ended_because = 'test' where identity = (select id from identities where name = 'quinn')").await;
    omar.get("/settings").await;
    assert_eq!(event(&mut stream).await, None, "an ended session is shown nothing more");
    assert!(world.records().of("ledger.follow").refused().count().await >= 1);
}

/// A browser that opens the stream half a minute after the page misses no record.
#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_starts_late_shows_what_came_meanwhile() {
    let world = busy().await;
    let now = || doorward::Clock::now(&*world.clock);
    let mut source = Source::reader(&world.backend.database);
    let first = look(&mut source, (None, None), now()).await;
    world.sign_in("omar").await.get("/settings").await;
    world.clock.advance(TimeSpan::seconds(30));
    let second = look(&mut source, (Some(first.from), first.newest), now()).await;
    let rows = second.rows;
    assert!(!second.skipped);
    assert!(rows.iter().any(|row| row.action == "settings.read"), "{rows:?}");
}

/// G47: an auditor follows in one tab, and confirms in another.
#[tokio::test(flavor = "multi_thread")]
async fn a_tail_goes_on_after_a_step_up_in_another_tab() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let request = quinn.stream("/access/ledger/tail?routine=shown&who=vera").body(Body::empty()).expect("a request");
    let mut stream = quinn.open(request).await.into_body().into_data_stream();
    let mut vera = world.sign_in("vera").await;
    let password = world.password("quinn").to_owned();
    assert_eq!(quinn.post("/confirm", &[("password", &password)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(quinn.get("/settings").await.status, StatusCode::OK);
    world.clock.advance(TimeSpan::seconds(37));
    vera.get("/settings").await;
    let mut seen = String::new();
    while !seen.contains("settings.read") {
        seen += &event(&mut stream).await.expect("the stream goes on");
    }
    assert_eq!(world.count_all("incidents").await, 0);
    assert_eq!(quinn.get("/settings").await.status, StatusCode::OK);
    quinn.post("/sign-out", &[]).await;
    vera.get("/settings").await;
    while event(&mut stream).await.is_some() {}
}

async fn look(
    source: &mut Source,
    (after, seen): (Option<RecordId>, Option<RecordId>),
    now: doorward::Timestamp,
) -> follow::Look {
    let everywhere = Environments::Everywhere;
    follow::tail(source, &Search::default(), &everywhere, (after, seen), now).await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_says_that_it_skipped_records() {
    let world = busy().await;
    let now = || doorward::Clock::now(&*world.clock);
    let mut source = Source::reader(&world.backend.database);
    let first = look(&mut source, (None, None), now()).await;
    assert!(!first.skipped);

    // More at once than one look shows, all of which are then behind the next look.
    let columns = "id, at, action, resource, parameters, decision, reason_code, reason, entry, request";
    let row = |number: i64| {
        let id = RecordId::in_order(now(), u32::try_from(number).expect("a small number"), &SystemRandomness);
        format!("('{id}', {}, 'test.many', '', '', 'refused', 'no_session', 'test', 'page', '')", now().0)
    };
    let many: Vec<String> = (0..1001).map(row).collect();
    let insert = sqlx::AssertSqlSafe(format!("insert into audit ({columns}) values {}", many.join(", ")));
    sqlx::query(insert).execute(&world.rows).await.expect("they are written");
    let second = look(&mut source, (Some(first.from), first.newest), now()).await;
    assert!(second.skipped && second.rows.len() == 1000);
    let third = look(&mut source, (Some(second.from), second.newest), now()).await;
    assert!(!third.skipped, "what was shown, or said to be skipped, is not skipped again");

    // Longer away than a look goes back.
    world.clock.advance(TimeSpan::minutes(3));
    let late = look(&mut source, (Some(third.from), third.newest), now()).await;
    assert!(late.skipped);

    let mut quinn = world.sign_in("quinn").await;
    let tail = format!("/access/ledger/tail?routine=shown&after={}", third.from);
    assert!(quinn.get(&tail).await.page().shows("More records were written here than one look shows"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_follows_the_ledger_only_so_many_times_at_once() {
    let world = busy().await;
    let mut quinn = world.sign_in("quinn").await;
    let follow =
        || quinn.open(quinn.stream("/access/ledger/tail?routine=shown").body(Body::empty()).expect("a request"));
    let mut tails = Vec::new();
    for _ in 0..8 {
        tails.push(follow().await);
    }
    assert!(tails.iter().all(|tail| tail.status() == StatusCode::OK));
    let one_more = follow().await;
    assert_eq!(one_more.status(), StatusCode::TOO_MANY_REQUESTS);
    tails.pop();
    assert_eq!(follow().await.status(), StatusCode::OK, "one ended");
    let other = world.sign_in("quinn").await;
    let other =
        other.open(other.stream("/access/ledger/tail?routine=shown").body(Body::empty()).expect("a request")).await;
    assert_eq!(other.status(), StatusCode::OK, "another session has its own");
    assert_eq!(quinn.get("/access/ledger.csv").await.status, StatusCode::OK, "a file is no tail");
}
