//! What a flood of requests without a session costs others, as `scripts/bench-floods` prints it: how long a page takes that
//! somebody who is signed in asks for, while it is quiet and during the flood.
//!
//! Nothing here is a test: its numbers depend on the machine and on who else works there.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench that cannot go on should say where")]

mod http;
#[expect(dead_code, reason = "other benches use the rest of it")]
#[path = "../bench/numbers.rs"]
mod numbers;

use clap::Parser;
use http::Connection;
use numbers::{Sorted, millis, print, ratio};
use server::clock::since_start;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The page that is measured.
const PAGE: &str = "/secrets";

/// Measures what floods cost others.
#[derive(Parser)]
struct Options {
    /// How long each of the measurements takes, in seconds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How long a flood goes on before it is measured, in seconds
    #[arg(long, default_value_t = 3)]
    before: u64,
    /// An empty folder for the database
    #[arg(long)]
    scratch: PathBuf,
    /// The program
    #[arg(long)]
    doorward: PathBuf,
}

/// Many clients without a session, each of which asks again as soon as it is answered.
struct Flood {
    name: &'static str,
    clients: usize,
    method: &'static str,
    path: &'static str,
}

const FLOODS: [Flood; 3] = [
    Flood { name: "200 anonymous POST /sign-out", clients: 200, method: "POST", path: "/sign-out" },
    Flood { name: "1,000 anonymous POST /sign-out", clients: 1000, method: "POST", path: "/sign-out" },
    Flood { name: "1,000 anonymous GET /secrets", clients: 1000, method: "GET", path: "/secrets" },
];

fn main() {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(run(&options));
}

async fn run(options: &Options) {
    let quiet = measure(options, None).await.0;
    let row = |name: &str, took: &Sorted, answers: String| {
        let (p50, p99) = (took.percentile(50), took.percentile(99));
        let ratios = [ratio(p50, quiet.percentile(50)), ratio(p99, quiet.percentile(99))];
        let [of_p50, of_p99] = ratios;
        vec![name.to_owned(), millis(p50), of_p50, millis(p99), of_p99, answers]
    };
    let mut rows = vec![row("quiet", &quiet, String::new())];
    for flood in &FLOODS {
        let (took, answers) = measure(options, Some(flood)).await;
        rows.push(row(flood.name, &took, format!("{:.0}", answers as f64 / options.seconds as f64)));
    }
    println!("One person loads {PAGE} again and again, from the network of the flood:\n");
    print(&["", "p50", "× quiet", "p99", "× quiet", "flood's answers a second"], &rows);
    println!("Wanted: p50 within 5 ×, p99 within 10 ×.");
}

/// How long the page took each time, and how many answers the flood got meanwhile.
async fn measure(options: &Options, flood: Option<&Flood>) -> (Sorted, u64) {
    let folder =
        options.scratch.join(flood.map_or("quiet".to_owned(), |flood| flood.name.replace([' ', '/', ','], "-")));
    let server = Server::start(&options.doorward, &folder);
    let mut person = Connection::open(&server.address).await;
    let cookie = person.sign_in("omar", &server.password).await;
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut clients = Vec::new();
    if let Some(flood) = flood {
        for _ in 0..flood.clients {
            let (address, stop, answers) = (server.address.clone(), Arc::clone(&stop), Arc::clone(&answers));
            clients.push(tokio::spawn(ask_until(stop, answers, address, flood.method, flood.path)));
        }
    }
    for _ in 0..50 {
        person.exchange("GET", PAGE, Some(&cookie)).await.expect("an answer");
    }
    tokio::time::sleep(Duration::from_secs(options.before)).await;
    let before = answers.load(Ordering::Relaxed);
    let (mut took, began) = (Vec::new(), since_start());
    while since_start() - began < Duration::from_secs(options.seconds) {
        let asked = since_start();
        let status = person.exchange("GET", PAGE, Some(&cookie)).await.expect("an answer").status;
        assert_eq!(status, 200, "whoever is signed in is served");
        took.push(since_start() - asked);
    }
    let answered = answers.load(Ordering::Relaxed) - before;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.abort();
    }
    (Sorted::new(took), answered)
}

async fn ask_until(
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    address: String,
    method: &'static str,
    path: &'static str,
) {
    while !stop.load(Ordering::Relaxed) {
        let mut connection = Connection::open(&address).await;
        // The server may close it; then the flood opens another.
        while let Some(answer) = connection.exchange(method, path, None).await {
            assert!(matches!(answer.status, 303 | 429 | 503), "no session, no page: {}", answer.status);
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A server with the demonstration, which ends with the measurement.
struct Server {
    process: Child,
    address: String,
    password: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(built: &Path, folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("site/pkg")).expect("a folder");
        // The hashes of scripts and styles are read from beside the program, so it needs a place of its own.
        std::fs::write(folder.join("hash.txt"), "js: a\nwasm: b\ncss: c\n").expect("a file");
        let own = folder.join("doorward");
        std::fs::copy(built, &own).expect("the program is copied");
        let mut command = Command::new(&own);
        command.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir", "data", "--site-root", "site"]);
        command.args(["--log-filter", "error"]).current_dir(folder).env_clear();
        let process = command.stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut server = Self { process, address: String::new(), password: String::new() };
        let mut lines = BufReader::new(server.process.stdout.take().expect("its output")).lines();
        loop {
            let Some(Ok(line)) = lines.next() else { panic!("it does not say that it is ready") };
            if line.trim_start().starts_with("omar ") {
                line.split_whitespace().nth(1).unwrap_or_default().clone_into(&mut server.password);
            }
            if let Some(address) = line.strip_prefix("doorward is ready at http://") {
                address.clone_into(&mut server.address);
                return server;
            }
        }
    }
}
