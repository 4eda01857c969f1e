//! G21: a server that is killed (SIGKILL) at any moment has kept what it answered, and has done nothing without its record.
//!
//! `DOORWARD_CRASH_ROUNDS` says how often it is killed and `DOORWARD_CRASH_SEED` makes the moments and choices of a run come
//! again: round 7 of seed 100 is the first round of seed 107.

mod journal;
mod kept;
mod load;

use crate::cli::program::{Program, Serving};
use crate::support::browser::Browser;
use crate::support::world::TestDatabase;
use doorward::Randomness;
use journal::{Answered, Journal};
use load::Load;
use server::clock::SystemRandomness;
use server::db::Database;
use server::ledger::sealer::{self, verify};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};
use std::fmt;
use std::time::Duration;

const ROUNDS: u64 = 5;
/// The latest that a server is killed after its load began, in milliseconds.
const LATEST: u64 = 900;
/// The last answer at which it is killed.
const LAST_ANSWER: u64 = 150;
/// A guard against hanging, and no promise: a test that needs it has failed.
const ENOUGH: Duration = Duration::from_secs(120);

/// Numbers that follow from a seed (SplitMix64).
#[derive(Clone)]
pub struct Seeded(pub u64);

impl Seeded {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

fn any_seed() -> u64 {
    let mut bytes = [0; 4];
    SystemRandomness.fill(&mut bytes);
    u64::from(u32::from_be_bytes(bytes))
}

/// When a server is killed.
#[derive(Clone, Copy)]
enum Timestamp {
    /// Whatever it does then.
    After(Duration),
    /// As soon as there are so many answers, and so before anything that is done too late for one of them.
    AtAnswer(u64),
}

impl Timestamp {
    fn of(seeded: &mut Seeded) -> Self {
        match seeded.below(2) {
            0 => Self::After(Duration::from_millis(seeded.below(LATEST))),
            _ => Self::AtAnswer(1 + seeded.below(LAST_ANSWER)),
        }
    }

    async fn comes(self, mut answered: Answered) {
        match self {
            Self::After(time) => tokio::time::sleep(time).await,
            Self::AtAnswer(number) => {
                let there = answered.wait_for(|answered| *answered >= number);
                tokio::time::timeout(ENOUGH, there).await.expect("there are answers").expect("somebody works");
            }
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, words: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => write!(words, "after {} ms", time.as_millis()),
            Self::AtAnswer(number) => write!(words, "at answer {number}"),
        }
    }
}

/// The program beside its database.
struct Crashing {
    program: Program,
    database: TestDatabase,
}

impl Crashing {
    async fn new() -> Self {
        Self { program: Program::new(), database: TestDatabase::new().await }
    }

    /// Starts the server, which finds what the last one left.
    fn start(&self, more: &[&str]) -> (Serving, String, String) {
        let usual = ["--database-url", &self.database.address, "--trusted-proxies", "127.0.0.1"];
        let outside = ["--ledger-checkpoint", "checkpoint.txt"];
        Serving::start(&self.program, &[&usual[..], &outside, more].concat())
    }

    /// The newest checkpoint that was given away.
    fn outside(&self) -> Option<String> {
        std::fs::read_to_string(self.program.folder.path().join("checkpoint.txt")).ok()
    }

    /// One connection, so that nothing of this test's stands in the way of the next start.
    async fn rows(&self) -> AnyPool {
        let pool = AnyPoolOptions::new().max_connections(1);
        pool.connect(&self.database.address).await.expect("the rows can be looked at")
    }

    /// On PostgreSQL what the killed server had begun may still be committed; then it is over.
    async fn until_nobody_writes(&self) {
        if !self.database.address.starts_with("postgres") {
            return;
        }
        let rows = self.rows().await;
        let others =
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
        let over = async {
            while count(&rows, others).await > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await
            }
        };
        tokio::time::timeout(ENOUGH, over).await.expect("the killed server's connections end");
        rows.close().await;
    }

    /// The sealer of the server that runs now has put every record into the tree.
    async fn until_sealed(&self, rows: &AnyPool) {
        let unsealed = "select (select count(*) from audit) - (select count(*) from ledger_leaves)";
        let over = async {
            while count(rows, unsealed).await > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await
            }
        };
        tokio::time::timeout(ENOUGH, over).await.expect("the sealer goes on");
    }

    /// The whole ledger, from the checkpoint that was given away before the server was killed.
    async fn ledger_is_whole(&self, outside: Option<&str>) {
        let key = self.program.data().join("ledger.key");
        let signer = sealer::read_key(&key).expect("the ledger's key").expect("it is there");
        let database = Database::open(&self.database.address).await.expect("the database opens");
        let whole = verify::database(&database, signer.verifier(), outside, |_, _| ()).await;
        assert!(whole.is_ok_and(|records| records > 0), "the ledger is whole");
        database.close().await;
    }
}

pub async fn count(rows: &AnyPool, statement: &str) -> i64 {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    sqlx::query(statement).fetch_one(rows).await.expect("the statement runs").get(0)
}

/// The server is killed under load: what it answered is there, and it did nothing without a record.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_keeps_what_it_answered_and_its_records() {
    let rounds = number("DOORWARD_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("DOORWARD_CRASH_SEED").unwrap_or_else(any_seed);
    let crashing = Crashing::new().await;
    let (server, text, address) = crashing.start(&["--demo"]);
    let rows = crashing.rows().await;
    let mut load = Load::begin(&address, &text, &rows).await;
    rows.close().await;
    let mut running = server;
    let mut at = address;
    for round in 0..rounds {
        let mut seeded = Seeded(seed + round);
        let moment = Timestamp::of(&mut seeded);
        println!("round {round}: DOORWARD_CRASH_SEED={}, killed {moment}", seed + round);
        let journal = load.run(&at, seeded, async |answered| {
            moment.comes(answered).await;
            drop(running);
        });
        let journal = journal.await;
        crashing.until_nobody_writes().await;
        let outside = crashing.outside();
        (running, _, at) = crashing.start(&[]);
        look(&crashing, &mut load, &at, journal, outside.as_deref()).await;
    }
    drop(running);
    println!("{rounds} rounds, {} answers and their records: {:?}", load.answers, load.done);
}

/// What the database and the pages say after a restart.
async fn look(crashing: &Crashing, load: &mut Load, at: &str, journal: Journal, outside: Option<&str>) {
    let rows = crashing.rows().await;
    kept::answers_have_their_records(&rows, &journal).await;
    kept::no_effect_is_without_its_record(&rows).await;
    load.effects_are_there(at, &rows, journal).await;
    crashing.until_sealed(&rows).await;
    rows.close().await;
    crashing.ledger_is_whole(outside).await;
}
