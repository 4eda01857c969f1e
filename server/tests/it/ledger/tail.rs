//! Following the ledger: each new match once, while the session counts.

use super::reading::busy;
use app::ledger::search::Search;
use axum::body::{Body, BodyDataStream};
use axum::http::StatusCode;
use doorward::{Environments, RecordId, TimeSpan};
use futures::StreamExt;
use server::clock::SystemRandomness;
use server::db::transaction::Source;
use server::ledger::follow;
use std::collections::BTreeSet;
use std::time::Duration;

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

    let ended = [("ended_at", 1.into()), ("ended_because", "test".into())];
    world.sessions().whose("identity", "quinn").set_all(&ended).await;
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

pub async fn look(
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
