//! The program itself, as another process, and what the kernel says of it (proc(5)).

use super::database::Filled;
use super::fill;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A tick of the kernel's clocks, as every Linux has it.
const TICK: Duration = Duration::from_millis(10);

/// A process that ends with the bench, however that ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server under measurement.
pub struct Program {
    running: Running,
    /// Its address and port.
    pub address: String,
    /// Its database, for writing rows past it.
    pub filled: Filled,
}

impl Program {
    /// Starts the program with an empty database in a folder of its own.
    pub async fn start(built: &Path, folder: &Path) -> Self {
        let (running, address) = run(built, folder, None);
        let file = folder.join("data/doorward.sqlite");
        Self { running, address, filled: Filled::open(&format!("sqlite://{}", file.display())).await }
    }

    /// Starts the program in a folder of its own, with a database that is filled already.
    #[allow(dead_code, reason = "one bench fills its database first")]
    pub async fn start_on(built: &Path, folder: &Path, filled: Filled) -> Self {
        let (running, address) = run(built, folder, Some(&filled.address));
        Self { running, address, filled }
    }

    /// Adds somebody of this role with sessions of these numbers.
    pub async fn person(&self, number: u64, role: &str, sessions: std::ops::Range<u64>) {
        fill::identity(&self.filled, number, role).await;
        fill::sessions_of(&self.filled, number, sessions).await;
    }

    /// The newest revocation, once it was measured.
    pub async fn revocation(&self) -> Revocation {
        const NEWEST: &str = "select at, committed_at, streams, streams_closed_at from revocations \
             where committed_at is not null order by number desc limit 1";
        loop {
            if let Some(row) = sqlx::query_as(NEWEST).fetch_optional(&self.filled.rows).await.expect("it answers") {
                let (at, committed, streams, streams_closed) = row;
                return Revocation { at, committed, streams, streams_closed };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn pid(&self) -> u32 {
        self.running.0.id()
    }

    /// Memory that it holds just now, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it still runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Processor time that it has used.
    pub fn processor(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it still runs");
        let behind_name = stat.rsplit_once(") ").expect("a name in brackets").1;
        let ticks = behind_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().expect("a number"));
        TICK * ticks.sum::<u32>()
    }
}

/// Starts the program, and returns it with its address once it is ready.
fn run(built: &Path, folder: &Path, database: Option<&str>) -> (Running, String) {
    std::fs::create_dir_all(folder.join("site/pkg")).expect("a folder");
    // The hashes of scripts and styles are read from beside the program, so it needs a place of its own.
    std::fs::write(folder.join("hash.txt"), "js: a\nwasm: b\ncss: c\n").expect("a file");
    let own = folder.join("doorward");
    std::fs::copy(built, &own).expect("the program is copied");
    let mut command = Command::new(&own);
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", "data", "--site-root", "site"]);
    // A client network has a share of the connections, and every stream here comes from this machine.
    command.args(["--trusted-proxies", "127.0.0.1"]);
    command.args(["--log-filter", "error"]).current_dir(folder).env_clear();
    if let Some(address) = database {
        command.env("DATABASE_URL", address);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let ready = |line: String| line.strip_prefix("doorward is ready at http://").map(ToOwned::to_owned);
    let address = lines.by_ref().map_while(Result::ok).find_map(ready).expect("it says that it is ready");
    (Running(child), address)
}

/// What the program wrote down of a revocation, in milliseconds since 1970.
pub struct Revocation {
    /// When it was decided.
    pub at: i64,
    /// When it was durable.
    pub committed: i64,
    /// Streams that were closed.
    pub streams: i64,
    /// When the last of them was.
    pub streams_closed: Option<i64>,
}
