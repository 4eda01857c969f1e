//! G39: floods of requests without a session take no transaction, leave a bounded number of records, and slow nobody down.

use crate::support::client::COMPACT;
use crate::support::world::{Answer, Client, Setup, World};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use doorward::TimeSpan;
use futures::future::join_all;
use server::http::floods::Allowances;
use server::sign_in::limits::Allowance;

const FEW: u32 = 5;

/// So few requests without a session that a test sees what comes after them.
async fn strict() -> World {
    let few = |tries| Allowance { tries, one_back_every: TimeSpan::hours(1) };
    World::with(Setup { without_session: Allowances { network: few(FEW), all: few(1000) }, ..Setup::default() }).await
}

/// A handle as this site makes them, of no session.
fn unknown(handle: &str) -> String {
    let first = if handle.starts_with('A') { 'B' } else { 'A' };
    format!("{first}{}", &handle[1..])
}

async fn at_once(client: &Client, address: &str, count: usize) -> Vec<Answer> {
    let asked = (0..count).map(|_| {
        let mut client = client.clone();
        async move { client.get(address).await }
    });
    join_all(asked).await
}

fn were_refused(answers: &[Answer]) {
    for answer in answers {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!((answer.header("retry-after"), answer.header("cache-control")), ("10", "no-store"));
        assert!(!answer.headers.contains_key("set-cookie") && answer.body.len() < 200);
    }
}

type Fields<'a> = &'a [(&'a str, &'a str)];

async fn records(world: &World) -> i64 {
    world.records().count().await
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_without_a_session_take_no_write_transaction() {
    let world = World::new().await;
    let secret = format!("/secrets/{}", world.omars_secret("dev").await);
    let handle = world.sign_in("omar").await.handle.expect("a handle");
    // Not by sign-out: how fast a revocation held is written a while after it, in a transaction of its own.
    world.sessions().set("ended_because", "test").await;
    world.sessions().set("ended_at", 1).await;
    let forms: [(&str, Fields); 5] = [
        ("/sign-out", &[]),
        ("/settings", &[("theme", "dark")]),
        (&secret, &[("action", "rotate"), ("value", "new")]),
        ("/sessions", &[("action", "end-all")]),
        ("/access/sessions/end", &[("by", "everything"), ("typed", "everything")]),
    ];
    let transactions = || world.backend.database.decisions().transactions();
    for (handle, code) in
        [(None, "no_session"), (Some(unknown(&handle)), "unknown_handle"), (Some(handle), "session_ended")]
    {
        for (address, fields) in forms {
            let mut visitor = world.visitor();
            visitor.handle.clone_from(&handle);
            let (before, recorded) = (transactions(), records(&world).await);
            let answer = visitor.post(address, fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address} {code}");
            assert_eq!(transactions(), before, "{address} {code}");
            assert!(records(&world).await > recorded, "{address} {code}: the refusal is recorded");
        }
        assert_eq!(world.records().ordered("id desc").one("reason_code").await, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_refused_unread_and_one_record_counts_it() {
    let world = strict().await;
    let mut omar = world.sign_in("omar").await;
    let visitor = world.visitor();
    omar.address = visitor.address;
    let first = at_once(&visitor, "/secrets", FEW as usize).await;
    assert!(first.iter().all(|answer| answer.status == StatusCode::SEE_OTHER), "within its allowance");
    let before = records(&world).await;
    were_refused(&at_once(&visitor, "/secrets", 20).await);
    let mut posting = visitor.clone();
    let (post, island) = tokio::join!(posting.post("/sign-out", &[]), async { visitor.clone().call_value("x").await });
    were_refused(&[post]);
    assert_eq!((island.status, island.header("content-type")), (StatusCode::TOO_MANY_REQUESTS, COMPACT));
    assert_eq!(records(&world).await, before, "none has a record of its own");

    let mut another = world.visitor();
    assert_eq!(another.get("/secrets").await.status, StatusCode::SEE_OTHER, "another network is not concerned");
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "nor is a session of the same network");
    for open in ["/sign-in", "/healthz", "/readyz", "/robots.txt"] {
        assert!(visitor.clone().get(open).await.status != StatusCode::TOO_MANY_REQUESTS, "{open}");
    }

    world.backend.record_floods().await;
    world.backend.record_floods().await;
    let [record] =
        &world.records().because("too_many_requests").each_of(&["resource", "address", "decision", "parameters"]).await
            [..]
    else {
        panic!("one record")
    };
    let expected = format!("network:{} {} refused count=22&from=", visitor.address, visitor.address);
    assert!(record.starts_with(&expected), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_handles_use_up_the_allowance_of_their_network() {
    let world = strict().await;
    let mut omar = world.sign_in("omar").await;
    let mut thief = omar.clone();
    thief.handle = omar.handle.as_deref().map(unknown);
    for _ in 0..FEW {
        assert_eq!(thief.get("/secrets").await.status, StatusCode::SEE_OTHER);
    }
    were_refused(&at_once(&thief, "/secrets", 3).await);
    assert_eq!(omar.get("/secrets").await.status, StatusCode::OK, "a session of the same network goes on");
    omar.post("/sign-out", &[]).await;
    assert_eq!(world.backend.ledger.floods().refused(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_cannot_be_recorded_now_is_recorded_later() {
    let world = strict().await;
    let visitor = world.visitor();
    at_once(&visitor, "/secrets", FEW as usize + 2).await;
    world.take_away("audit").await;
    world.backend.record_floods().await;
    world.bring_back("audit").await;
    world.backend.record_floods().await;
    let [record] = &world.records().because("too_many_requests").each("parameters").await[..] else {
        panic!("one record")
    };
    assert!(record.starts_with("count=2&"), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_refused_in_a_flood_is_not_read() {
    let world = strict().await;
    let visitor = world.visitor();
    at_once(&visitor, "/secrets", FEW as usize).await;
    let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let request: Request<Body> = visitor.request(Method::POST, "/sign-out").body(never).expect("a request");
    were_refused(&[visitor.clone().send(request).await]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_browser_signs_in_from_a_flooded_network() {
    let world = strict().await;
    let mut ada = world.sign_in("ada").await;
    let mut flooding = world.visitor();
    flooding.address = ada.address;
    at_once(&flooding, "/sign-in", 10).await;
    ada.handle = None;
    let mut stranger = ada.clone();
    stranger.marks = None;
    let refused = stranger.sign_in("ada", world.password("ada")).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ada.sign_in("ada", world.password("ada")).await.status, StatusCode::SEE_OTHER);
}
