//! What the ledger costs, as `scripts/bench-ledger` prints it: appends, the check of all of it, a page of a search.
//!
//! Nothing here is a test: its numbers depend on the machine and on who else works there.
#![expect(clippy::expect_used, reason = "a bench that cannot go on should say where")]

mod append;
#[path = "../bench/database.rs"]
mod database;
mod fill;
#[path = "../bench/numbers.rs"]
mod numbers;
mod records;
mod search;
mod verify;

use clap::Parser;
use std::path::PathBuf;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures what the ledger costs
#[derive(Parser)]
struct Options {
    /// What to measure
    #[arg(long, value_delimiter = ',', default_value = "append,verify,search")]
    only: Vec<String>,
    /// Askers at the same time
    #[arg(long, default_value_t = 64)]
    askers: usize,
    /// Decisions a second where their wait is measured
    #[arg(long, default_value_t = 5_000)]
    rate: u64,
    /// Rounds of appends
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each part of a round takes, in seconds
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Records that are checked
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Records that are searched
    #[arg(long, default_value_t = 10_000_000)]
    many: u64,
    /// An empty folder for databases
    #[arg(long)]
    scratch: PathBuf,
}

impl Options {
    fn wants(&self, what: &str) -> bool {
        self.only.iter().any(|only| only == what)
    }
}

fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(run(&options));
}

async fn run(options: &Options) {
    if options.wants("append") {
        append::measure(options).await;
    }
    if options.wants("verify") {
        verify::measure(options).await;
    }
    if options.wants("search") {
        search::measure(options).await;
    }
}
