//! Records that are forwarded: each of them, in sealed order, whatever becomes of the receiver.

use crate::account::receiver::Receiver;
use crate::ledger::sealer::seals::{seal, signer};
use crate::support::world::World;
use axum::http::StatusCode;
use doorward::{Clock, Timestamp};
use server::cli::settings::ForwardUrl;
use server::clock::SystemClock;
use server::ledger::forward;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

/// A guard against hanging, and no promise: a test that needs it has failed.
pub const ENOUGH: Duration = Duration::from_secs(120);

/// A clock of a process, which ends with it.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0 + self.0)
    }
}

/// Begins to forward as one process does, until what is given back is dropped.
pub fn start(world: &World, url: &str, milliseconds_ahead: i64) -> Arc<dyn Clock> {
    let url = ForwardUrl::parse(url).expect("an address");
    let receiver = forward::Receiver::new(&url).expect("a receiver");
    let clock: Arc<dyn Clock> = Arc::new(Ahead(milliseconds_ahead));
    forward::start(receiver, world.backend.database.clone(), &clock, Arc::clone(&world.backend.random));
    clock
}

/// A few decisions, allowed and refused.
pub async fn flow(world: &World) {
    let mut omar = world.sign_in("omar").await;
    for address in ["/", "/secrets", "/settings", "/sessions", "/secrets/00000000000000000000000000"] {
        omar.get(address).await;
    }
    world.visitor().get("/secrets").await;
}

/// Until the receiver has taken everything that is sealed.
pub async fn until_all_is_taken(world: &World) {
    let all = async {
        while world.next_to_forward().await < world.table("ledger_head").number("size").await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(ENOUGH, all).await.expect("everything is taken in time");
}

/// The ids in requests as OpenTelemetry's protocol writes them, in the order in which they came.
pub fn ids_of_logs(receiver: &mut Receiver) -> Vec<String> {
    let mut ids = Vec::new();
    while let Ok(came) = receiver.came.try_recv() {
        assert_eq!(came.header("content-type"), "application/json");
        let sent = came.json();
        for record in sent["resourceLogs"][0]["scopeLogs"][0]["logRecords"].as_array().expect("records") {
            let attributes = record["attributes"].as_array().expect("attributes");
            let id = attributes.iter().find(|one| one["key"] == "doorward.id").expect("an id");
            ids.push(id["value"]["stringValue"].as_str().expect("a text").to_owned());
        }
    }
    ids
}

/// A receiver of syslog that reads each connection to its end, and gives back the messages.
fn messages(listener: TcpListener) -> tokio::sync::mpsc::UnboundedReceiver<String> {
    let (sender, messages) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            stream.read_to_end(&mut text).await.expect("it is read");
            for message in unframed(&text) {
                let _ = sender.send(message);
            }
        }
    });
    messages
}

pub fn unframed(mut text: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(space) = text.iter().position(|byte| *byte == b' ') {
        let count: usize = std::str::from_utf8(&text[..space]).unwrap().parse().expect("a count");
        let (message, rest) = text[space + 1..].split_at(count);
        messages.push(String::from_utf8(message.to_vec()).unwrap());
        text = rest;
    }
    assert!(text.is_empty(), "no more than whole messages");
    messages
}

pub fn id_in(message: &str) -> String {
    let (_, rest) = message.split_once(" id=\"").expect("an id");
    rest.split('"').next().unwrap().to_owned()
}

/// Each record arrives once the receiver answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_logs_gets_every_sealed_record_in_order() {
    let (world, mut receiver, signer) = (World::new().await, Receiver::new(503).await, signer());
    flow(&world).await;
    seal(&world, &signer).await;
    let _running = start(&world, &format!("http://{}/v1/logs", receiver.address), 0);
    receiver.next().await;
    receiver.next().await;
    assert_eq!(world.next_to_forward().await, 0, "nothing was taken yet");
    receiver.answers(200);
    until_all_is_taken(&world).await;
    flow(&world).await;
    let unsealed = world.records().ordered("id desc").each("id").await.remove(0);
    assert!(!ids_of_logs(&mut receiver).contains(&unsealed), "what is not sealed is not sent");
    seal(&world, &signer).await;
    until_all_is_taken(&world).await;
    let later = ids_of_logs(&mut receiver);
    let sealed = world.sealed_records().await;
    assert!(sealed.ends_with(&later) && later.contains(&unsealed), "{later:?}");
}

/// A restart goes on after the last record that was taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_was_down_loses_nothing() {
    let (world, signer) = (World::new().await, signer());
    // Bound and not listening: it turns connections away, and nobody else can take the port meanwhile.
    let down = TcpSocket::new_v4().unwrap();
    down.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = down.local_addr().unwrap();
    let url = format!("syslog+tcp://{address}");
    let first = start(&world, &url, 0);
    flow(&world).await;
    seal(&world, &signer).await;
    // Connections that end before anything was read, as those of a receiver that dies or has no place.
    let listener = down.listen(128).unwrap();
    for is_read in [false, true] {
        let (stream, _) = timeout(ENOUGH, listener.accept()).await.expect("it comes back").unwrap();
        if is_read {
            stream.readable().await.unwrap();
        }
        drop(stream);
    }
    let mut come = messages(listener);
    until_all_is_taken(&world).await;
    let taken = world.sealed_records().await;
    for id in &taken {
        assert_eq!(&id_in(&timeout(ENOUGH, come.recv()).await.expect("in time").unwrap()), id, "in sealed order");
    }
    drop(first);
    flow(&world).await;
    seal(&world, &signer).await;
    let _second = start(&world, &url, 120_000);
    until_all_is_taken(&world).await;
    for id in &world.sealed_records().await[taken.len()..] {
        assert_eq!(&id_in(&timeout(ENOUGH, come.recv()).await.expect("in time").unwrap()), id);
    }
    assert!(come.try_recv().is_err(), "what was taken is not sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_breaks_the_framing_or_forges_a_record() {
    let (world, signer) = (World::new().await, signer());
    flow(&world).await;
    let odd = "é\"] evil\n109 <109>1 - - doorward - - [doorward@32473 id=\"forged\"] x\r\n\\";
    for column in ["resource", "address", "name"] {
        world.records().having("name").set(column, odd).await;
    }
    seal(&world, &signer).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("syslog+tcp://{}", listener.local_addr().unwrap());
    let mut come = messages(listener);
    let _running = start(&world, &url, 0);
    for id in world.sealed_records().await {
        let message = timeout(ENOUGH, come.recv()).await.expect("in time").unwrap();
        assert_eq!(id_in(&message), id);
        assert!(message.starts_with("<1") && !message.chars().any(char::is_control), "{message}");
        let ends = message.replace("\\]", "").matches(']').count();
        assert_eq!(ends, 1, "the structured data ends once: {message}");
    }
    assert!(come.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_one_forwards() {
    let (world, mut receiver, signer) = (World::new().await, Receiver::new(200).await, signer());
    let url = format!("http://{}/v1/logs", receiver.address);
    let _running = [start(&world, &url, 0), start(&world, &url, 0)];
    for _ in 0..5 {
        flow(&world).await;
        seal(&world, &signer).await;
    }
    until_all_is_taken(&world).await;
    assert_eq!(ids_of_logs(&mut receiver), world.sealed_records().await, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_answers_keeps_nobody_waiting() {
    let (world, mut receiver, signer) = (World::new().await, Receiver::new(0).await, signer());
    flow(&world).await;
    seal(&world, &signer).await;
    let _running = start(&world, &format!("http://{}/v1/logs", receiver.address), 0);
    receiver.next().await;
    // The receiver holds the first batch while all this is done.
    let mut omar = world.sign_in("omar").await;
    assert_eq!(omar.get("/settings").await.status, StatusCode::OK);
    let id = world.omars_secret("dev").await;
    let changed = omar.post(&format!("/secrets/{id}"), &[("action", "rotate"), ("value", "another value")]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    assert_eq!(world.next_to_forward().await, 0);
    receiver.answers(200);
    until_all_is_taken(&world).await;
}
