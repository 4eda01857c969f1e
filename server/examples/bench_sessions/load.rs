//! A revocation while the sessions that it ends are in use: does one more request get in?

use super::Options;
use super::client::Client;
use super::numbers::{Sorted, millis, print};
use super::program::Program;
use doorward::Clock;
use server::clock::{SystemClock, since_start};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A light page that is guarded like every other.
const PAGE: &str = "/settings";
const ADMINISTRATOR: u64 = 1;
const LOADED: u64 = 2;

/// What one connection saw; moments in milliseconds since 1970.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    last_accepted_start: i64,
    first_refusal: Option<i64>,
    refused: usize,
}

/// Loads the page from many connections, and ends their sessions in the middle of it.
pub async fn measure(options: &Options, built: &Path) {
    let program = Program::start(built, &options.scratch.join("load")).await;
    let connections = options.connections as u64;
    program.person(ADMINISTRATOR, "administrator", 0..1).await;
    program.person(LOADED, "operator", 1..1 + connections).await;
    let (stop, half) = (Arc::new(AtomicBool::new(false)), Duration::from_secs(options.seconds));
    let began = since_start();
    let tasks: Vec<_> = (1..=connections)
        .map(|session| {
            let (address, stop) = (program.address.clone(), Arc::clone(&stop));
            tokio::spawn(async move { ask_until(&stop, Client::connect(&address, session).await).await })
        })
        .collect();
    tokio::time::sleep(half).await;
    let before = since_start() - began;
    let mut administrator = Client::connect(&program.address, 0).await;
    let form = format!("by=identity&what=person{LOADED}&typed=person{LOADED}&spare=yes");
    let answer = administrator.post("/access/sessions/end", &form).await;
    assert!(answer.head.contains("location: /access/revocations/"), "they are ended: {}", answer.head);
    tokio::time::sleep(half).await;
    stop.store(true, Ordering::Relaxed);
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.expect("it ends"));
    }
    report(options, &program, &seen, before).await;
}

async fn ask_until(stop: &AtomicBool, mut client: Client) -> Seen {
    let mut seen = Seen::default();
    while !stop.load(Ordering::Relaxed) {
        let (start, began) = (SystemClock.now().0, since_start());
        let status = client.get(PAGE).await.status;
        if status == 200 {
            seen.took.push(since_start() - began);
            seen.last_accepted_start = start;
        } else {
            // So many requests without a session are a flood, which is told to wait.
            assert!([303, 429].contains(&status), "whoever has no session is led to the sign-in: {status}");
            seen.first_refusal.get_or_insert(SystemClock.now().0);
            seen.refused += 1;
        }
    }
    seen
}

async fn report(options: &Options, program: &Program, seen: &[Seen], before: Duration) {
    let revocation = program.revocation().await;
    let last = seen.iter().map(|seen| seen.last_accepted_start).max().unwrap_or_default();
    let refusals = || seen.iter().filter_map(|seen| seen.first_refusal);
    let accepted = Sorted::new(seen.iter().flat_map(|seen| seen.took.clone()).collect());
    let after = |at: Option<i64>| at.map_or("none".to_owned(), |at| format!("{} ms", at - revocation.committed));
    println!("Revocation of one identity in the middle of load on {PAGE}, by {} connections:\n", options.connections);
    let rows = [
        ("requests a second before it", format!("{:.0}", accepted.len() as f64 / before.as_secs_f64())),
        ("p50 of them", millis(accepted.percentile(50))),
        ("p99 of them", millis(accepted.percentile(99))),
        ("last accepted start − commit (must be ≤ 0)", after(Some(last))),
        ("decision − commit", after(Some(revocation.at))),
        ("first refusal − commit", after(refusals().min())),
        ("every connection refused − commit", after(refusals().max())),
        ("refused afterwards", seen.iter().map(|seen| seen.refused).sum::<usize>().to_string()),
    ];
    print(&["", "value"], &rows.map(|(what, value)| vec![what.to_owned(), value]));
    assert!(last <= revocation.committed, "a request was accepted that began after the revocation was durable");
}
