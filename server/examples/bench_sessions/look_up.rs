//! How long it takes to find a session by its handle, among few and among many.

use super::Options;
use super::database::{Filled, engine, mixed};
use super::fill::hash;
use super::numbers::{Sorted, micros, print, ratio};
use server::clock::since_start;
use server::db::transaction::Source;
use server::sessions;

/// Times look-ups among few sessions and among many.
pub async fn measure(options: &Options, small: &Filled, large: &Filled) {
    let few = look_up(small, options.few, options.look_ups).await;
    let many = look_up(large, options.sessions, options.look_ups).await;
    let row = |sessions: u64, times: &Sorted| {
        let (p50, p99) = (times.percentile(50), times.percentile(99));
        let ratios = [ratio(p50, few.percentile(50)), ratio(p99, few.percentile(99))];
        [vec![sessions.to_string(), micros(p50), micros(p99)], ratios.to_vec()].concat()
    };
    println!("Look-up of a session by a random handle, {} times, on {}:\n", options.look_ups, engine(&large.database));
    print(&["sessions", "p50", "p99", "× p50", "× p99"], &[row(options.few, &few), row(options.sessions, &many)]);
}

/// Look-ups that come before for each that is timed.
const WARMING: u64 = 10;

/// Warm: the file is read through once, and ten times as many look-ups of other handles come before, so that its pages are
/// in memory and mapped.
async fn look_up(filled: &Filled, sessions: u64, many: u64) -> Sorted {
    filled.read_through();
    let mut times = Vec::new();
    for round in 0..(WARMING + 1) * many {
        let number = mixed(round) % sessions;
        let handle = hash(number);
        let began = since_start();
        let found = sessions::sql::find(&mut Source::reader(&filled.database), &handle, filled.now).await;
        let took = since_start() - began;
        assert!(found.is_ok_and(|found| found.is_some()), "session {number} is found");
        if round >= WARMING * many {
            times.push(took);
        }
    }
    Sorted::new(times)
}
