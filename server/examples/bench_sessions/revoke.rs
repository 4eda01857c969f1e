//! What it costs to end every session of one identity, by how many there are.

use super::fill::{self, Filled, name};
use super::numbers::{Sorted, millis, print, ratio};
use super::{Options, engine};
use app::store::Scope;
use doorward::{RevocationId, SessionId};
use server::clock::{SystemRandomness, since_start};
use server::store::Source;
use server::store::revocations::{self, By};

/// Identities of each size.
const TRIES: u64 = 7;
const FEW: u64 = 10;

/// Times revocations of identities with few sessions and with many, and of everybody in the end.
pub async fn measure(options: &Options, filled: &Filled) {
    // Behind the numbers that are taken already.
    let mut next = options.sessions;
    let mut rows = Vec::new();
    let mut first = None;
    for many in [FEW, options.many] {
        let mut times: [Vec<_>; 3] = Default::default();
        for _ in 0..TRIES {
            fill::identity(filled, next, "viewer").await;
            fill::sessions_of(filled, next, next..next + many).await;
            let scope = Scope::Identity(name(next));
            times[0].push(preview(filled, &scope).await);
            let (ended, committed) = end(filled, &scope).await;
            times[1].push(ended);
            times[2].push(ended + committed);
            next += many;
        }
        let [preview, end, whole] = times.map(|times| Sorted::new(times).median());
        let least = *first.get_or_insert(whole);
        rows.push(vec![many.to_string(), millis(preview), millis(end), millis(whole), ratio(whole, least)]);
    }
    println!(
        "Ending every session of one identity among {} sessions, medians of {TRIES}, on {}:\n",
        options.sessions,
        engine(&filled.database)
    );
    print(&["its sessions", "preview", "end", "end and commit", "×"], &rows);
}

async fn preview(filled: &Filled, scope: &Scope) -> std::time::Duration {
    let began = since_start();
    let mut source = Source::reader(&filled.database);
    revocations::preview(&mut source, scope, SessionId::NOTHING, filled.now).await.expect("it is shown");
    since_start() - began
}

async fn end(filled: &Filled, scope: &Scope) -> (std::time::Duration, std::time::Duration) {
    let by = By { identity: None, name: "the bench".to_owned(), spare: None };
    let id = RevocationId::new(filled.now, &SystemRandomness);
    let began = since_start();
    let mut source = Source::writer(&filled.database).await.expect("a transaction");
    revocations::end(&mut source, id, scope, &by, filled.now).await.expect("they end");
    let ended = since_start();
    source.commit().await.expect("it is durable");
    (ended - began, since_start() - ended)
}
