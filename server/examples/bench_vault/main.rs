//! What a list of secrets and a search as you type cost, as `scripts/bench-vault` prints it.
//!
//! Nothing here is a test: its numbers depend on the machine and on who else works there.
#![expect(clippy::expect_used, reason = "a bench that cannot go on should say where")]
#![allow(dead_code, reason = "what other benches need of these files too")]

mod ask;
#[path = "../bench_sessions/client.rs"]
mod client;
#[path = "../bench/database.rs"]
mod database;
#[path = "../bench_sessions/fill.rs"]
mod fill;
#[path = "../bench/numbers.rs"]
mod numbers;
#[path = "../bench_sessions/program.rs"]
mod program;
mod secrets;

use clap::Parser;
use std::path::PathBuf;

/// Measures what lists and searches of a large vault cost
#[derive(Parser)]
struct Options {
    /// Secrets in the vault
    #[arg(long, default_value_t = 100_000)]
    secrets: u64,
    /// How often each address is asked for
    #[arg(long, default_value_t = 200)]
    times: usize,
    /// An empty folder for databases
    #[arg(long)]
    scratch: PathBuf,
    /// The program
    #[arg(long)]
    doorward: PathBuf,
}

fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(run(&options));
}

async fn run(options: &Options) {
    let filled = database::new(&options.scratch, "vault").await;
    secrets::fill(&filled, options.secrets).await;
    let engine = database::engine(&filled.database);
    let program = program::Program::start_on(&options.doorward, &options.scratch.join("vault-program"), filled).await;
    ask::measure(options, program, engine).await;
}
