//! Records that the receiver refuses, and receivers that refuse everything: what is set aside, and what waits.

use crate::ledger::forward::records::{flow, start, until_all_is_taken};
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use doorward::ledger::Signer;
use server::clock::since_start;
use server::http::listener;
use server::observe::metrics::Metrics;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tower::ServiceExt;

/// A guard against hanging, and no promise: a test that needs it has failed.
const ENOUGH: Duration = Duration::from_secs(120);

async fn sealed_now(world: &World) -> Vec<String> {
    world.table("ledger_leaves").ordered("leaf_index").each("record").await
}

async fn next_now(world: &World) -> i64 {
    world.table("forwarding").number("next_index").await
}

async fn set_aside(world: &World) -> i64 {
    world.table("forwarding_set_aside").count().await
}

pub type Answer = (u16, &'static str, &'static str);
type Rule = Arc<dyn Fn(&str) -> Answer + Send + Sync>;
const TAKEN: Answer = (200, "", "{}");

const fn status(status: u16) -> Answer {
    (status, "", "{}")
}

/// What came to a receiver, and how it was answered.
struct Came {
    body: String,
    status: u16,
    /// Since this run began.
    at: Duration,
}

/// A receiver of logs that answers each body by a rule: a status, a `Retry-After`, a body.
pub struct Ruled {
    pub url: String,
    came: UnboundedReceiver<Came>,
}

impl Ruled {
    pub async fn new(rule: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/v1/logs", listener.local_addr().expect("an address"));
        let (sender, came) = unbounded_channel();
        let rule: Rule = Arc::new(rule);
        let router = Router::new().fallback(move |request| answer(request, Arc::clone(&rule), sender.clone()));
        let patience = listener::Patience { head: ENOUGH, shutdown: Duration::ZERO };
        tokio::spawn(async move {
            listener::serve(listener, router, None, patience, std::future::pending()).await;
        });
        Self { url, came }
    }

    async fn next(&mut self) -> Came {
        timeout(ENOUGH, self.came.recv()).await.expect("something comes").expect("it still runs")
    }

    /// The ids of the records that were taken, as often as they were.
    fn taken(&mut self) -> Vec<String> {
        let mut ids = Vec::new();
        while let Ok(came) = self.came.try_recv() {
            if came.status == 200 {
                ids.extend(ids_in(&came.body));
            }
        }
        ids
    }
}

async fn answer(request: Request<Body>, rule: Rule, came: UnboundedSender<Came>) -> Response<Body> {
    let at = since_start();
    let bytes = to_bytes(request.into_body(), 1 << 22).await.expect("a body");
    let body = String::from_utf8(bytes.to_vec()).expect("a text");
    let (status, after, says) = rule(&body);
    let mut response = (StatusCode::from_u16(status).expect("a status"), says).into_response();
    if !after.is_empty() {
        response.headers_mut().insert("retry-after", after.parse().expect("a value"));
    }
    // The test may be over.
    let _ = came.send(Came { body, status, at });
    response
}

fn ids_in(body: &str) -> Vec<String> {
    let sent: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let records = sent["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().expect("records").clone();
    let id = |record: serde_json::Value| {
        let attributes = record["attributes"].as_array().expect("attributes").clone();
        let id = attributes.into_iter().find(|one| one["key"] == "doorward.id").expect("an id");
        id["value"]["stringValue"].as_str().expect("a text").to_owned()
    };
    records.into_iter().map(id).collect()
}

async fn filled() -> (World, Signer) {
    let (world, signer) = (World::new().await, signer());
    for _ in 0..4 {
        flow(&world).await;
    }
    seal(&world, &signer).await;
    (world, signer)
}

/// Every sealed record is among those that were taken, but for these.
fn assert_all_but(taken: &[String], sealed: &[String], missing: &[&String]) {
    for id in sealed {
        assert_eq!(taken.contains(id), !missing.contains(&id), "{id}");
    }
}

async fn metric(world: &World, name: &str) -> String {
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let response = Metrics::new(world.backend.clone()).router().oneshot(request).await.expect("an answer");
    let text = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let text = String::from_utf8(text.to_vec()).expect("a text");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(ToOwned::to_owned));
    line.unwrap_or_else(|| panic!("{name}: {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_is_set_aside_and_the_rest_goes_on() {
    for refusal in [400, 413, 422] {
        let (world, signer) = filled().await;
        let sealed = sealed_now(&world).await;
        let (bad, worse) = (sealed[7].clone(), sealed[8].clone());
        let refused = [bad.clone(), worse.clone()];
        let is_bad = move |body: &str| refused.iter().any(|id| body.contains(&format!("\"stringValue\":\"{id}\"")));
        let mut receiver = Ruled::new(move |body| if is_bad(body) { status(refusal) } else { TAKEN }).await;
        let _running = start(&world, &receiver.url, 0);
        until_all_is_taken(&world).await;
        assert_all_but(&receiver.taken(), &sealed, &[&bad, &worse]);
        let rows = world
            .table("forwarding_set_aside")
            .with("records", 1)
            .with("refused", 1)
            .ordered("place")
            .each("why")
            .await;
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|why| why.contains(&refusal.to_string())), "{rows:?}");
        assert_eq!(world.table("forwarding_set_aside").ordered("place").each("cast(place as text)").await, ["7", "8"]);
        assert_eq!(metric(&world, "doorward_forward_set_aside").await, "2");
        let notices = || world.notices().with("kind", "record_set_aside");
        let (whom, told) = (notices().names_of("identity").await, notices().each("about").await);
        assert_eq!(whom, ["ada"], "administrators, once until they have read it: {told:?}");
        assert!(told[0].starts_with(&format!("record {bad} at place 7")), "{told:?}");
        let mut ada = world.sign_in("ada").await;
        assert!(ada.get("/inbox").await.page().shows("A record could not be forwarded"));
        // The ledger has it too, and so has the receiver, once that record is sealed.
        assert_eq!(
            world.records().of("ledger.set_aside").each("resource").await,
            [format!("record:{bad}"), format!("record:{worse}")]
        );
        seal(&world, &signer).await;
        until_all_is_taken(&world).await;
        let about = world.records().of("ledger.set_aside").ids().await;
        let taken = receiver.taken();
        assert!(
            about.iter().all(|id| taken.contains(id)),
            "those that name the refused record alone are no refused ones"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_are_too_large_get_smaller() {
    let (world, _) = filled().await;
    let mut receiver = Ruled::new(|body| if body.len() > 6000 { status(413) } else { TAKEN }).await;
    let _running = start(&world, &receiver.url, 0);
    until_all_is_taken(&world).await;
    assert_eq!(receiver.taken(), sealed_now(&world).await, "each once, in sealed order");
    assert_eq!(set_aside(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_everything_keeps_its_place() {
    let (world, _) = filled().await;
    let opened = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let opens = Arc::clone(&opened);
    let rule = move |_: &str| if opens.load(std::sync::atomic::Ordering::SeqCst) { TAKEN } else { status(400) };
    let mut receiver = Ruled::new(rule).await;
    let _running = start(&world, &receiver.url, 0);
    // Until single records were refused a few times over.
    let mut alone = 0;
    while alone < 12 {
        alone += usize::from(ids_in(&receiver.next().await.body).len() == 1);
    }
    assert_eq!((next_now(&world).await, set_aside(&world).await), (0, 0), "nothing is given up");
    opened.store(true, std::sync::atomic::Ordering::SeqCst);
    until_all_is_taken(&world).await;
    assert_all_but(&receiver.taken(), &sealed_now(&world).await, &[]);
    assert_eq!(set_aside(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_not_given_up_over_a_passing_error() {
    let (world, _) = filled().await;
    let sealed = sealed_now(&world).await;
    let (bad, failed) = (sealed[3].clone(), std::sync::atomic::AtomicU32::new(0));
    let mut receiver = Ruled::new(move |body| {
        let fails = body.contains(&bad) && failed.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 10;
        if fails { status(500) } else { TAKEN }
    })
    .await;
    let _running = start(&world, &receiver.url, 0);
    until_all_is_taken(&world).await;
    assert_all_but(&receiver.taken(), &sealed, &[]);
    assert_eq!(set_aside(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (world, _) = filled().await;
    let first = std::sync::atomic::AtomicBool::new(true);
    let mut receiver =
        Ruled::new(
            move |_| {
                if first.swap(false, std::sync::atomic::Ordering::SeqCst) { (429, "3", "{}") } else { TAKEN }
            },
        )
        .await;
    let _running = start(&world, &receiver.url, 0);
    let (asked, again) = (receiver.next().await, receiver.next().await);
    assert_eq!((asked.status, again.status), (429, 200));
    assert!(again.at.saturating_sub(asked.at) >= Duration::from_secs(3), "without the header it waits for a second");
    until_all_is_taken(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receiver_throws_away_is_noted_and_not_sent_again() {
    const ONE: &str = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}"#;
    let (world, _) = filled().await;
    let first = std::sync::atomic::AtomicBool::new(true);
    let mut receiver =
        Ruled::new(
            move |_| {
                if first.swap(false, std::sync::atomic::Ordering::SeqCst) { (200, "", ONE) } else { TAKEN }
            },
        )
        .await;
    let _running = start(&world, &receiver.url, 0);
    until_all_is_taken(&world).await;
    assert_eq!(receiver.taken(), sealed_now(&world).await, "each once");
    assert_eq!(world.table("forwarding_set_aside").with("place", 0).number("refused").await, 1);
    assert_eq!(world.notices().with("kind", "record_set_aside").count().await, 1);
}
