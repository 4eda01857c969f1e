//! Decisions a second, and what each of them waits.

use super::database::{self, Filled};
use super::numbers::{Sorted, micros, millis, print, ratio};
use super::{Options, records};
use doorward::Clock;
use doorward::guard::Unavailable;
use doorward::ledger::{LogName, Signer};
use server::clock::{SystemClock, SystemRandomness, since_start};
use server::db::Database;
use server::db::transaction::Source;
use server::ledger;
use server::ledger::sealer::{self, KeptCheckpoints, Sealer};
use server::ledger::search::indexer;
use server::ledger::sql::Ledger;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How a decision is made durable.
#[derive(Clone)]
enum Way {
    /// As the program does: together with those that wait.
    Together(Ledger),
    /// Each in a transaction of its own.
    Alone(Database),
}

impl Way {
    async fn append(&self, number: u64) -> Result<(), Unavailable> {
        let entry = records::record(number, SystemClock.now());
        match self {
            Self::Together(ledger) => ledger.append(entry).await,
            Self::Alone(database) => {
                let mut source = Source::writer(database).await?;
                ledger::sql::append_in(&mut source, &entry).await?;
                source.commit().await
            }
        }
    }
}

/// What came of a load.
#[derive(Default)]
struct Outcome {
    waits: Vec<Duration>,
    refused: usize,
    /// Decisions a second.
    rate: f64,
    /// Processor time of a decision, with what the askers take.
    processor: Duration,
}

/// Measures with many askers at once, then at half of the load that is promised.
pub async fn measure(options: &Options) {
    if std::env::var_os("DOORWARD_TEST_POSTGRES").is_some() {
        // That server waits for no disk, so it would say nothing.
        return;
    }
    let filled = database::new(&options.scratch, "append").await;
    let together = Way::Together(Ledger::start(filled.database.clone()));
    let alone = Way::Alone(filled.database.clone());
    let numbers = Arc::new(AtomicU64::new(0));
    let mut closed_loops: [Vec<Outcome>; 3] = Default::default();
    let mut open_loops: [Outcome; 2] = Default::default();
    for _ in 0..options.rounds {
        closed_loops[0].push(closed(options, &alone, &numbers).await);
        closed_loops[1].push(closed(options, &together, &numbers).await);
        open_loops[0].add(open(options, &together, &numbers).await);
        let sealing = Sealing::start(&filled).await;
        closed_loops[2].push(closed(options, &together, &numbers).await);
        sealing.caught_up(&filled).await;
        open_loops[1].add(open(options, &together, &numbers).await);
        sealing.stop(&filled).await;
    }
    report(options, &closed_loops, open_loops);
    flushes(options);
    filled.close().await;
}

impl Outcome {
    fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.refused += other.refused;
    }
}

fn report(options: &Options, closed_loops: &[Vec<Outcome>; 3], open_loops: [Outcome; 2]) {
    let names = ["a flush for each decision", "the ledger", "the ledger, sealed and indexed meanwhile"];
    let mut rates = closed_loops.each_ref().map(|rounds| rounds.iter().map(|round| round.rate).collect::<Vec<_>>());
    let rates = rates.each_mut().map(|rates| {
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    println!(
        "{} askers, each asking again at once; medians of {} rounds, on SQLite:\n",
        options.askers, options.rounds
    );
    let rows = names.iter().zip(closed_loops).zip(rates).map(|((name, rounds), rate)| {
        let processor = Sorted::new(rounds.iter().map(|round| round.processor).collect()).median();
        let waits = Sorted::new(rounds.iter().flat_map(|round| &round.waits).copied().collect());
        vec![
            (*name).to_owned(),
            format!("{rate:.0}"),
            format!("{:.1}", rate / rates[0]),
            micros(processor),
            millis(waits.median()),
            millis(waits.percentile(99)),
        ]
    });
    print(&["", "decisions/s", "×", "processor", "p50", "p99"], &rows.collect::<Vec<_>>());
    println!("What a decision waits from when it is due, at {} a second:\n", options.rate);
    let mut least = None;
    let rows = names[1..].iter().zip(open_loops).map(|(name, outcome)| {
        let (refused, times) = (outcome.refused, Sorted::new(outcome.waits));
        let parts = [times.median(), times.percentile(99), times.permille(999), times.longest()].map(millis);
        let least = *least.get_or_insert(times.median());
        let ratio = ratio(times.median(), least);
        [vec![(*name).to_owned(), times.len().to_string(), refused.to_string()], parts.to_vec(), vec![ratio]].concat()
    });
    print(&["", "written", "refused", "p50", "p99", "p99.9", "longest", "× p50"], &rows.collect::<Vec<_>>());
}

/// Askers that each ask again as soon as they have their answer.
async fn closed(options: &Options, way: &Way, numbers: &Arc<AtomicU64>) -> Outcome {
    let (began, used) = (since_start(), processor());
    let end = began + Duration::from_secs(options.seconds);
    let askers = (0..options.askers).map(|_| {
        let (way, numbers) = (way.clone(), Arc::clone(numbers));
        tokio::spawn(async move {
            let mut outcome = Outcome::default();
            while since_start() < end {
                let then = since_start();
                match way.append(numbers.fetch_add(1, Ordering::Relaxed)).await {
                    Ok(()) => outcome.waits.push(since_start() - then),
                    Err(Unavailable) => outcome.refused += 1,
                }
            }
            outcome
        })
    });
    let askers: Vec<_> = askers.collect();
    let mut outcome = Outcome::default();
    for asker in askers {
        outcome.add(asker.await.expect("it ends"));
    }
    outcome.rate = outcome.waits.len() as f64 / (since_start() - began).as_secs_f64();
    outcome.processor = (processor() - used).div_f64(outcome.waits.len() as f64);
    outcome
}

/// Askers that come whatever the others wait for, so many each second.
async fn open(options: &Options, way: &Way, numbers: &Arc<AtomicU64>) -> Outcome {
    const TICK: Duration = Duration::from_millis(1);
    let began = since_start();
    let due = |asked: u64| began + Duration::from_secs_f64(asked as f64 / options.rate as f64);
    let mut ticks = tokio::time::interval(TICK);
    let mut askers = Vec::new();
    for asked in 0..options.rate * options.seconds {
        while due(asked) > since_start() {
            ticks.tick().await;
        }
        let (way, number, then) = (way.clone(), numbers.fetch_add(1, Ordering::Relaxed), due(asked));
        askers.push(tokio::spawn(async move { way.append(number).await.map(|()| since_start() - then) }));
    }
    let mut outcome = Outcome::default();
    for asker in askers {
        match asker.await.expect("it ends") {
            Ok(wait) => outcome.waits.push(wait),
            Err(Unavailable) => outcome.refused += 1,
        }
    }
    outcome
}

/// What a flush alone takes here: no decision waits less.
fn flushes(options: &Options) {
    let mut file = std::fs::File::create(options.scratch.join("flushes")).expect("a file");
    let flush = |_| {
        let began = since_start();
        file.write_all(&[1; 4096]).and_then(|()| file.sync_data()).expect("it is flushed");
        since_start() - began
    };
    let times = Sorted::new((0..500).map(flush).collect());
    let [median, late, last] = [times.median(), times.percentile(99), times.longest()].map(millis);
    println!("A flush of 4 KiB to this disk, 500 times: p50 {median}, p99 {late}, longest {last}\n");
}

/// Processor time that this process has used (proc(5)).
pub fn processor() -> Duration {
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux says it");
    let behind_name = stat.rsplit_once(") ").expect("a name in brackets").1;
    let ticks = behind_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().expect("a number"));
    TICK * ticks.sum::<u32>()
}

/// The sealer and the indexer at work, for as long as its clock is kept.
struct Sealing(Arc<dyn Clock>);

impl Sealing {
    async fn start(filled: &Filled) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // Only what is appended from now on has to be sealed and indexed.
        let signer = Arc::new(signer());
        filled.run(FORGET.to_owned()).await;
        let (database, kept) = (filled.database.clone(), KeptCheckpoints::default());
        sealer::start(Sealer { database, signer, kept, random: Arc::new(SystemRandomness) }, &clock);
        indexer::start(filled.database.clone(), &clock);
        Self(clock)
    }

    /// Waits until everything is sealed and indexed.
    async fn caught_up(&self, filled: &Filled) {
        let began = since_start();
        while unsealed(filled).await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        eprintln!("sealed and indexed {:.1?} later", since_start() - began);
    }

    async fn stop(self, filled: &Filled) {
        self.caught_up(filled).await;
        drop(self.0);
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
}

/// A new key cannot go on from what another one signed.
const FORGET: &str = "delete from audit; delete from ledger_leaves; delete from ledger_nodes; \
     update ledger_head set size = 0, sealed_at = 0, checkpoint = ''";

/// A key that is used once.
pub fn signer() -> Signer {
    Signer::generate(LogName::parse("bench/ledger").expect("a name"), &SystemRandomness)
}

async fn unsealed(filled: &Filled) -> i64 {
    let text = "select (select count(*) from audit) - (select indexed from record_index)";
    sqlx::query_scalar(text).fetch_one(&filled.rows).await.expect("a number")
}
