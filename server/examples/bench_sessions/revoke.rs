//! What it costs to end every session of one identity, by how many there are.

use super::Options;
use super::database::{Filled, engine};
use super::fill::{self, name};
use super::numbers::{Sorted, millis, print, ratio};
use app::sessions::scope::Scope;
use doorward::{RevocationId, SessionId};
use server::clock::{SystemRandomness, since_start};
use server::db::transaction::Source;
use server::sessions::revocations::{self, By};
use std::time::Duration;

/// Identities of each size.
const TRIES: u64 = 7;
const FEW: u64 = 10;

/// What revocations of one size took.
#[derive(Default)]
struct Times {
    preview: Vec<Duration>,
    end: Vec<Duration>,
    whole: Vec<Duration>,
}

/// Times revocations of identities with few sessions and with many, and of everybody in the end.
pub async fn measure(options: &Options, filled: &Filled) {
    // Behind the numbers that are taken already.
    let mut next = options.sessions;
    let mut rows = Vec::new();
    for many in [FEW, options.many] {
        let mut times = Times::default();
        for _ in 0..TRIES {
            fill::identity(filled, next, "viewer").await;
            fill::sessions_of(filled, next, next..next + many).await;
            filled.settle().await;
            times.add(filled, &Scope::Identity(name(next))).await;
            next += many;
        }
        rows.push((format!("one identity's {many}"), times));
    }
    let mut times = Times::default();
    for _ in 0..TRIES {
        times.add(filled, &Scope::Everything).await;
    }
    rows.push((format!("everybody's {next}"), times));
    report(filled, rows);
}

fn report(filled: &Filled, rows: Vec<(String, Times)>) {
    let median = |times: Vec<Duration>| Sorted::new(times).median();
    let mut least = None;
    let rows = rows.into_iter().map(|(what, times)| {
        let (preview, end, whole) = (median(times.preview), median(times.end), median(times.whole));
        let least = *least.get_or_insert(whole);
        vec![what, millis(preview), millis(end), millis(whole), ratio(whole, least)]
    });
    println!("Ending sessions, medians of {TRIES}, on {}:\n", engine(&filled.database));
    print(&["which", "preview", "end", "end and commit", "×"], &rows.collect::<Vec<_>>());
}

impl Times {
    async fn add(&mut self, filled: &Filled, scope: &Scope) {
        self.preview.push(preview(filled, scope).await);
        let (end, commit) = end(filled, scope).await;
        self.end.push(end);
        self.whole.push(end + commit);
    }
}

async fn preview(filled: &Filled, scope: &Scope) -> Duration {
    let began = since_start();
    let mut source = Source::reader(&filled.database);
    revocations::preview(&mut source, scope, SessionId::NOTHING, filled.now).await.expect("it is shown");
    since_start() - began
}

async fn end(filled: &Filled, scope: &Scope) -> (Duration, Duration) {
    let by = By { identity: None, name: "the bench".to_owned(), spare: None };
    let id = RevocationId::new(filled.now, &SystemRandomness);
    let began = since_start();
    let mut source = Source::writer(&filled.database).await.expect("a transaction");
    revocations::end(&mut source, id, scope, &by, filled.now).await.expect("they end");
    let ended = since_start();
    source.commit().await.expect("it is durable");
    (ended - began, since_start() - ended)
}
