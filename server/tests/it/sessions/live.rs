//! Into open tabs: the guarded stream that tells a page when its session has ended.

use crate::support::world::{Client, ORIGIN, World};
use app::sessions::scope::Scope;
use axum::body::{Body, BodyDataStream};
use axum::http::{Method, StatusCode, header};
use doorward::TimeSpan;
use futures::StreamExt;
use server::sessions::cli::end;
use std::time::Duration;

async fn open(client: &Client) -> (StatusCode, BodyDataStream) {
    let request = client.request(Method::GET, "/live?rights=0").header("sec-fetch-site", "same-origin");
    let answer = client.open(request.body(Body::empty()).unwrap()).await;
    (answer.status(), answer.into_body().into_data_stream())
}

/// The next event that is not a greeting or a sign of life; nothing where the stream is over.
async fn event(stream: &mut BodyDataStream) -> Option<String> {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(120), stream.next()).await.expect("an event")?;
        let text = String::from_utf8_lossy(&next.expect("bytes")).into_owned();
        if text.starts_with("event:") {
            return Some(text);
        }
    }
}

/// G12.
#[tokio::test(flavor = "multi_thread")]
async fn revocation_closes_the_stream_and_a_reconnect_is_decided() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let tab = omar.clone();
    let (status, mut stream) = open(&tab).await;
    assert_eq!(status, StatusCode::OK);
    let ended = omar.post("/sessions", &[("action", "end-all")]).await;
    assert_eq!(ended.location(), "/signed-out");
    let told = event(&mut stream).await.expect("it is told");
    let revocation = world.ids_of("revocations").await.remove(0);
    assert_eq!(told, format!("event: ended\ndata: revoked {revocation}\n\n"));
    assert!(event(&mut stream).await.is_none(), "the stream is over");
    assert_eq!(open(&tab).await.0, StatusCode::UNAUTHORIZED, "a reconnect is decided again");

    let mut visitor = world.visitor();
    let said = visitor.request(Method::POST, "/live/emptied").header(header::ORIGIN, ORIGIN);
    assert_eq!(visitor.send(said.body(Body::from(revocation)).unwrap()).await.status, StatusCode::NO_CONTENT);
    while world.revocations().number("tabs").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.revocations().number("streams").await, 1);
    let measured =
        "select count(*) from revocations where streams_closed_at >= at and tabs_emptied_at >= streams_closed_at";
    assert_eq!(world.count(measured).await, 1);
}

/// G12: whatever ends a session, its tabs hear of it, and by which revocation.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_ends_a_session_reaches_its_tabs() {
    let world = World::new().await;
    world.limit_sessions("operator", 1).await;
    let first = world.sign_in("omar").await;
    let (_, mut stream) = open(&first).await;
    let mut second = world.sign_in("omar").await;
    let told = event(&mut stream).await.expect("it is told");
    let revocation = world.ids_of("revocations").await.remove(0);
    assert_eq!(told, format!("event: ended\ndata: revoked {revocation}\n\n"), "one session too many");

    let (_, mut stream) = open(&second).await;
    second.sign_in("omar", world.password("omar")).await;
    assert!(event(&mut stream).await.expect("it is told").starts_with("event: ended\ndata: revoked 0"));

    let mut thief = second.clone();
    world.clock.advance(TimeSpan::minutes(16));
    for _ in 0..2 {
        second.get("/settings").await;
    }
    let (_, mut stream) = open(&second).await;
    world.clock.advance(TimeSpan::seconds(36));
    thief.get("/settings").await;
    assert!(event(&mut stream).await.expect("it is told").starts_with("event: ended\ndata: revoked 0"), "a replay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_warned_before_its_session_ends_and_told_when_it_has() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let (_, mut stream) = open(&omar).await;
    world.clock.advance(TimeSpan::minutes(59));
    assert!(event(&mut stream).await.expect("a warning").starts_with("event: ending\n"));
    let mut other_tab = omar.clone();
    other_tab.post("/sessions", &[("action", "stay"), ("next", "/")]).await;
    world.clock.advance(TimeSpan::seconds(4));
    assert!(event(&mut stream).await.expect("all is well").starts_with("event: standing\n"));
    world.clock.advance(TimeSpan::minutes(61));
    assert_eq!(event(&mut stream).await.as_deref(), Some("event: ended\ndata: idle \n\n"));
    assert!(event(&mut stream).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_or_a_rule_ends_reaches_the_tab_too() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let (_, mut stream) = open(&omar).await;
    world.freeze("omar").await;
    // Nobody said so to this process; it finds out by asking about every tab.
    world.clock.advance(TimeSpan::seconds(20));
    assert!(event(&mut stream).await.expect("it is told").starts_with("event: ended\n"));

    let vera = world.sign_in("vera").await;
    let (_, mut stream) = open(&vera).await;
    let scope = Scope::Everything;
    end(&world.backend, &scope).await.expect("they end");
    assert!(event(&mut stream).await.expect("it is told").starts_with("event: ended\ndata: revoked "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_no_use_of_its_session_and_is_recorded() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    let used = world.sessions().number("last_used_at").await;
    world.clock.advance(TimeSpan::minutes(30));
    let (status, _stream) = open(&omar).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.sessions().number("last_used_at").await, used);
    assert_eq!(world.records().of("session.watch").each_of(&["entry", "decision"]).await, ["stream allowed"]);
}

/// A session gets a limited number of streams.
#[tokio::test(flavor = "multi_thread")]
async fn other_sites_and_visitors_get_no_stream() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
        let mut request = omar.request(Method::GET, "/live");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        assert_eq!(omar.open(request.body(Body::empty()).unwrap()).await.status(), StatusCode::FORBIDDEN, "{site:?}");
    }
    assert_eq!(open(&world.visitor()).await.0, StatusCode::UNAUTHORIZED);
    let mut streams = Vec::new();
    for _ in 0..32 {
        streams.push(open(&omar).await);
    }
    assert!(streams.iter().all(|(status, _)| *status == StatusCode::OK));
    assert_eq!(open(&omar).await.0, StatusCode::TOO_MANY_REQUESTS);
    drop(streams);
    assert_eq!(world.backend.live.open(), 0, "a tab that is gone is forgotten");
    assert_eq!(open(&omar).await.0, StatusCode::OK);
}

/// It then asks again for what it shows.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_told_when_something_is_taken_back() {
    let world = World::new().await;
    let mut omar = world.sign_in("omar").await;
    let vera = world.sign_in("vera").await;
    let id = world.omars_secret("dev").await;
    let address = format!("/secrets/{id}/access");
    omar.post(&address, &[("action", "grant"), ("with", "vera"), ("lasts", "1h")]).await;
    let (_, mut stream) = open(&vera).await;
    let from = world.identity("vera").await;
    omar.post(&address, &[("action", "take-back"), ("from", &from)]).await;
    assert_eq!(event(&mut stream).await.as_deref(), Some("event: changed\ndata:\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_no_stream_begins() {
    let world = World::new().await;
    let omar = world.sign_in("omar").await;
    world.backend.database.close().await;
    let request = omar.request(Method::GET, "/live").header("sec-fetch-site", "same-origin");
    let answer = omar.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}
