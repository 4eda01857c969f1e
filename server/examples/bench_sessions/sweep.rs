//! What look-ups wait for while the sweep runs.

use super::Options;
use super::database::{Filled, engine, mixed};
use super::fill::hash;
use super::numbers::{Sorted, micros, millis, print, ratio};
use doorward::{Randomness, TimeSpan, Timestamp};
use server::clock::{SystemRandomness, since_start};
use server::db::transaction::Source;
use server::ledger::sql::Ledger;
use server::sessions::endings::Endings;
use server::sessions::{self, sweep};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tasks that look sessions up.
const TASKS: u64 = 8;

/// Times look-ups without the sweep, and while it ends what has expired.
pub async fn measure(options: &Options, filled: &Filled) {
    let resting = look_up_while(options, filled, tokio::time::sleep(Duration::from_secs(options.seconds))).await;
    let began = since_start();
    // The first of them end in an hour, the others hours later.
    let then = filled.now.plus(TimeSpan::hours(2));
    let sweeping = look_up_while(options, filled, sweep(filled, then)).await;
    let took = since_start() - began;
    let row = |what: &str, times: &Sorted| {
        let (p50, p99) = (times.percentile(50), times.percentile(99));
        let ratios = vec![ratio(p50, resting.percentile(50)), ratio(p99, resting.percentile(99))];
        let what = vec![what.to_owned(), times.len().to_string(), micros(p50), micros(p99), millis(times.longest())];
        [what, ratios].concat()
    };
    println!(
        "Look-ups by {TASKS} tasks, each {} ms after its last, while the sweep ends {} of {} sessions (it took {took:.1?}), on {}:\n",
        options.pause,
        options.expired,
        options.sessions,
        engine(&filled.database)
    );
    let head = ["", "look-ups", "p50", "p99", "longest", "× p50", "× p99"];
    print(&head, &[row("without the sweep", &resting), row("during the sweep", &sweeping)]);
}

async fn sweep(filled: &Filled, now: Timestamp) {
    let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let endings = Endings::new(&Ledger::start(filled.database.clone()), &random);
    sweep::once(&filled.database, &endings, now).await.expect("the sweep ends");
}

/// Looks live sessions up for as long as `work` takes.
async fn look_up_while(options: &Options, filled: &Filled, work: impl Future<Output = ()>) -> Sorted {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (database, stop, now) = (filled.database.clone(), Arc::clone(&stop), filled.now);
            let (first, live) = (options.expired, options.sessions - options.expired);
            let pause = Duration::from_millis(options.pause);
            tokio::spawn(async move {
                let mut times = Vec::new();
                for round in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let handle = hash(first + mixed(round * TASKS + task) % live);
                    let began = since_start();
                    let found = sessions::sql::find(&mut Source::reader(&database), &handle, now).await;
                    times.push(since_start() - began);
                    assert!(found.is_ok_and(|found| found.is_some_and(|found| found.session.ended.is_none())));
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                }
                times
            })
        })
        .collect();
    work.await;
    stop.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("it ends"));
    }
    Sorted::new(times)
}
