//! What open tabs cost while nothing happens, and how soon all of them are told.

use super::Options;
use super::client::Client;
use super::numbers::print;
use super::program::Program;
use futures::stream::{self, StreamExt};
use server::clock::since_start;
use std::path::Path;
use std::time::Duration;

/// Open streams of one session; the server refuses one more.
const OF_A_SESSION: usize = 32;
/// Streams that are opened at the same time.
const OPENING: usize = 64;
const ADMINISTRATOR: u64 = 1;
const WATCHED: u64 = 2;
/// Until what was needed to open them is given back.
const SETTLE: Duration = Duration::from_secs(3);

/// Opens many streams, lets them lie, and ends every session.
pub async fn measure(options: &Options, built: &Path) {
    let program = Program::start(built, &options.scratch.join("streams")).await;
    let sessions = options.streams.div_ceil(OF_A_SESSION) as u64;
    program.person(ADMINISTRATOR, "administrator", 0..1).await;
    program.person(WATCHED, "viewer", 1..1 + sessions).await;
    let mut before = Client::connect(&program.address, 0).await;
    for _ in 0..200 {
        assert_eq!(before.get("/settings").await.status, 200);
    }
    let empty = program.memory();
    let began = since_start();
    let open = open(&program, options.streams).await;
    let opened = since_start() - began;
    tokio::time::sleep(SETTLE).await;
    let full = program.memory();
    let idle = idle(&program, Duration::from_secs(options.seconds.max(20))).await;
    let told: Vec<_> = open.into_iter().map(|client| tokio::spawn(client.ended())).collect();
    // Anew, since the server ends a connection that asks for nothing.
    let mut administrator = Client::connect(&program.address, 0).await;
    let answer = administrator.post("/access/sessions/end", "by=everything&what=&typed=everything&spare=yes").await;
    assert!(answer.head.contains("location: /access/revocations/"), "they are ended: {}", answer.head);
    let mut ends = Vec::new();
    for told in told {
        ends.push(told.await.expect("it ends"));
    }
    report(options, &program, [empty, full], &[opened, idle], &ends).await;
}

async fn open(program: &Program, many: usize) -> Vec<Client> {
    let address = &program.address;
    let opening = stream::iter(0..many).map(|number| async move {
        let mut client = Client::connect(address, 1 + (number / OF_A_SESSION) as u64).await;
        client.open_stream().await;
        client
    });
    opening.buffer_unordered(OPENING).collect().await
}

/// The processor time of a second in which nothing happens.
async fn idle(program: &Program, long: Duration) -> Duration {
    let before = program.processor();
    tokio::time::sleep(long).await;
    (program.processor() - before).div_f64(long.as_secs_f64())
}

async fn report(
    options: &Options,
    program: &Program,
    [empty, full]: [u64; 2],
    [opened, idle]: &[Duration; 2],
    ends: &[(i64, i64)],
) {
    let revocation = program.revocation().await;
    let each = full.saturating_sub(empty) as f64 / options.streams as f64;
    let after = |at: Option<i64>| at.map_or("none".to_owned(), |at| format!("{} ms", at - revocation.committed));
    println!("{} open streams, {OF_A_SESSION} of each session:\n", options.streams);
    let rows = [
        ("memory before", format!("{:.1} MiB", empty as f64 / 1_048_576.0)),
        ("memory with them", format!("{:.1} MiB", full as f64 / 1_048_576.0)),
        ("memory of one", format!("{:.1} KiB", each / 1024.0)),
        ("opened in", format!("{:.1} s", opened.as_secs_f64())),
        ("processor while idle", format!("{:.2} %", idle.as_secs_f64() * 100.0)),
        ("first tab told − commit", after(ends.iter().map(|end| end.0).min())),
        ("last tab told − commit", after(ends.iter().map(|end| end.0).max())),
        ("last stream over − commit", after(ends.iter().map(|end| end.1).max())),
        ("last stream closed − commit, as the server says", after(revocation.streams_closed)),
        ("streams closed, as the server says", revocation.streams.to_string()),
    ];
    print(&["", "value"], &rows.map(|(what, value)| vec![what.to_owned(), value]));
}
