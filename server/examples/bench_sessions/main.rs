//! What sessions cost, as `scripts/bench-sessions` prints it: passwords, look-ups, the sweep, revocations, open tabs.
//!
//! Nothing here is a test: its numbers depend on the machine and on who else works there.
#![expect(clippy::expect_used, reason = "a bench that cannot go on should say where")]

mod client;
#[path = "../bench/database.rs"]
mod database;
mod fill;
mod load;
mod look_up;
#[path = "../bench/numbers.rs"]
mod numbers;
mod passwords;
mod program;
mod revoke;
mod streams;
mod sweep;

use clap::Parser;
use std::path::PathBuf;

/// Measures what sessions cost.
#[derive(Parser)]
struct Options {
    /// What to measure
    #[arg(long, value_delimiter = ',', default_value = "passwords,look-up,sweep,revoke,load,streams")]
    only: Vec<String>,
    /// Sessions of the large database
    #[arg(long, default_value_t = 1_000_000)]
    sessions: u64,
    /// Sessions of the small one
    #[arg(long, default_value_t = 1_000)]
    few: u64,
    /// Sessions that the sweep finds expired
    #[arg(long, default_value_t = 100_000)]
    expired: u64,
    /// Look-ups that are timed
    #[arg(long, default_value_t = 20_000)]
    look_ups: u64,
    /// How long each task rests between look-ups beside the sweep, in milliseconds; 0 asks as fast as it can
    #[arg(long, default_value_t = 2)]
    pause: u64,
    /// Sessions of the identity that has many
    #[arg(long, default_value_t = 10_000)]
    many: u64,
    /// Open streams
    #[arg(long, default_value_t = 10_000)]
    streams: usize,
    /// Connections under load
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How long each of the load's halves and the idle time take, in seconds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// An empty folder for databases
    #[arg(long)]
    scratch: PathBuf,
    /// The program, for load and streams
    #[arg(long)]
    doorward: Option<PathBuf>,
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
    if options.wants("passwords") {
        passwords::measure().await;
    }
    if options.wants("look-up") || options.wants("sweep") || options.wants("revoke") {
        in_the_store(options).await;
    }
    let program = || options.doorward.as_deref().expect("--doorward names the program");
    if options.wants("load") {
        load::measure(options, program()).await;
    }
    if options.wants("streams") {
        streams::measure(options, program()).await;
    }
}

/// What is measured at the store's own functions, without a server.
async fn in_the_store(options: &Options) {
    let large = database::new(&options.scratch, "large").await;
    fill::sessions(&large, options.sessions, options.expired).await;
    if options.wants("look-up") {
        let small = database::new(&options.scratch, "small").await;
        fill::sessions(&small, options.few, 0).await;
        look_up::measure(options, &small, &large).await;
        small.close().await;
    }
    if options.wants("sweep") {
        sweep::measure(options, &large).await;
    }
    // It ends everybody's sessions, so it comes last.
    if options.wants("revoke") {
        revoke::measure(options, &large).await;
    }
    large.close().await;
}
