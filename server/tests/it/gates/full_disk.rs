//! G22: a disk that is full, by a limit on the size of files, which writes meet in the same place.

use crate::cli::program::{Program, SERVE, Serving, printed_password};
use crate::gates::cross_site::{addresses, function_addresses};
use crate::gates::faults::{BOUND, OPEN, says_it_cannot_decide, shows_nothing};
use crate::support::browser::Browser;
use crate::support::client::{COMPACT, arguments_of};
use crate::support::world::Answer;
use axum::http::StatusCode;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use server::db::Database;
use server::ledger::sealer::{self, verify};
use sqlx::{AnyPool, Row};
use tokio::net::TcpStream;

/// A server, and the file that its writes go to.
struct Limited {
    program: Program,
    server: Serving,
}

impl Limited {
    /// This process writes nothing beyond the first `size` bytes of a file, however much there is already.
    fn files_end_at(&self, size: Option<u64>) {
        let process = i32::try_from(self.server.process()).ok().and_then(Pid::from_raw);
        prlimit(process, Resource::Fsize, Rlimit { current: size, maximum: None }).expect("a limit is set");
    }

    /// There is room for `more` bytes of what is written next: the write-ahead log begins anew at its first byte.
    async fn fill_up(&self, rows: &AnyPool, more: u64) {
        let begins_anew = "pragma wal_checkpoint(truncate)";
        within(async {
            while sqlx::query(begins_anew).fetch_one(rows).await.expect("it answers").get::<i64, _>(0) != 0 {}
        })
        .await;
        self.files_end_at(Some(more));
    }

    fn empty(&self) {
        self.files_end_at(None);
    }

    async fn rows(&self) -> AnyPool {
        sqlx::any::install_default_drivers();
        let file = self.program.data().join("doorward.sqlite");
        AnyPool::connect(&format!("sqlite://{}", file.display())).await.expect("the rows can be looked at")
    }

    async fn ledger_is_whole(&self) {
        let signer = sealer::read_key(&self.program.data().join("ledger.key")).expect("a key").expect("it is there");
        let file = self.program.data().join("doorward.sqlite");
        let database = Database::open(&format!("sqlite://{}", file.display())).await.expect("the database opens");
        verify::database(&database, signer.verifier(), None, |_, _| ()).await.expect("the ledger is whole");
    }
}

async fn within<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, answer).await.expect("nobody waits for ever")
}

/// Waits until the server says so of itself; one answer counts for a moment.
async fn becomes(browser: &Browser, ready: StatusCode) {
    let asked = async { while browser.clone().get("/readyz").await.expect("an answer").status != ready {} };
    within(asked).await;
}

async fn texts(rows: &AnyPool, statement: &'static str) -> Vec<String> {
    let found = sqlx::query(statement).fetch_all(rows).await.expect("the statement runs");
    found.iter().map(|row| row.get(0)).collect()
}

/// What was not done leaves a record too, as soon as there is room for it.
const DONE: &str = "select cast(count(*) as text) from audit where outcome = 'done'";
const OMARS: &str = "select s.id from secrets s join identities i on i.id = s.owner where i.name = 'omar' and \
                     s.environment = 'dev' order by s.name limit 1";
const NAMES: &str = "select name from secrets union all select display_name from identities";

/// Everything that is asked while there is no room.
async fn nothing_is_done(omar: &mut Browser, petra: &Browser, id: &str, password: &str) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for address in addresses(id).into_iter().filter(|address| !OPEN.contains(&address.as_str())) {
        answers.push((address.clone(), within(omar.get(&address)).await.expect("an answer")));
    }
    for address in function_addresses() {
        answers.push((
            address.to_owned(),
            within(omar.post_raw(address, COMPACT, arguments_of(address, id))).await.expect("an answer"),
        ));
    }
    let page = format!("/secrets/{id}");
    for (address, fields) in [
        (page.as_str(), &[("action", "rotate"), ("value", "lost-value")][..]),
        (page.as_str(), &[("action", "reveal")]),
        ("/sessions", &[("action", "end-all")]),
        ("/sign-out", &[]),
    ] {
        answers.push((format!("{address} {fields:?}"), within(omar.post(address, fields)).await.expect("an answer")));
    }
    let mut new = petra.clone();
    let sign_in = within(new.post("/sign-in", &[("name", "petra"), ("password", password)])).await;
    answers.push(("sign-in".to_owned(), sign_in.expect("an answer")));
    answers
}

/// Once there is room, the server goes on without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_done_or_shown_until_there_is_room() {
    let program = Program::new();
    let command = program.command_with_limits(&[&SERVE[..], &["--demo", "--trusted-proxies", "127.0.0.1"]].concat());
    let (server, printed, address) = Serving::start_by(&program, command);
    let limited = Limited { program, server };
    let rows = limited.rows().await;
    let id = texts(&rows, OMARS).await.remove(0);
    let mut omar = Browser::new(&address, "198.18.1.1");
    omar.sign_in("omar", &printed_password(&printed, "omar")).await.expect("an answer");
    let petra = Browser::new(&address, "198.18.1.2");
    let page = format!("/secrets/{id}");
    omar.post(&page, &[("action", "rotate"), ("value", "kept-value")]).await.expect("an answer");
    let mut protected = texts(&rows, NAMES).await;
    protected.push("kept-value".to_owned());

    // Not even one page of the database; and so little that a transaction breaks off within.
    for more in [0, 6000] {
        limited.fill_up(&rows, more).await;
        if more == 0 {
            becomes(&petra, StatusCode::SERVICE_UNAVAILABLE).await;
        }
        let before = texts(&rows, DONE).await;
        for (what, answer) in nothing_is_done(&mut omar, &petra, &id, &printed_password(&printed, "petra")).await {
            says_it_cannot_decide(&answer, &what);
            shows_nothing(&answer, &protected, &what);
        }
        assert_eq!(texts(&rows, DONE).await, before);
        assert_eq!(petra.clone().get("/healthz").await.expect("an answer").status, StatusCode::OK);
        assert_eq!(petra.clone().get("/sign-in").await.expect("an answer").status, StatusCode::OK);

        limited.empty();
        becomes(&petra, StatusCode::OK).await;
        let shown = omar.post(&page, &[("action", "reveal")]).await.expect("an answer");
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        assert!(shown.body.contains("kept-value"), "what was refused did not happen later");
        let rotated = omar.post(&page, &[("action", "rotate"), ("value", "kept-value")]).await.expect("an answer");
        assert_eq!(rotated.status, StatusCode::SEE_OTHER, "{}", rotated.body);
        petra.clone().sign_in("petra", &printed_password(&printed, "petra")).await.expect("an answer");
    }
    limited.ledger_is_whole().await;
}

const DEMO: [&str; 5] = ["--demo", "--trusted-proxies", "127.0.0.1", "--header-timeout", "3s"];

async fn silent(address: &str, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(TcpStream::connect(address).await.expect("a place in the kernel's queue"));
    }
    streams
}

/// Connections get no more descriptors than leave some for the database.
#[tokio::test(flavor = "multi_thread")]
async fn connections_leave_descriptors_for_the_database() {
    let program = Program::new();
    let command = program.command_with_descriptors(300, &[&SERVE[..], &DEMO[..]].concat());
    let (_server, printed, address) = Serving::start_by(&program, command);
    let mut omar = Browser::new(&address, "198.18.1.1");
    omar.sign_in("omar", &printed_password(&printed, "omar")).await.expect("an answer");
    let silent = silent(&address, 400).await;
    for page in ["/secrets", "/", "/sessions"] {
        let answer = within(omar.get(page)).await.expect("who is connected is served");
        assert_eq!(answer.status, StatusCode::OK, "{page}");
    }
    let mut petra = Browser::new(&address, "198.18.1.2");
    // Those before her are closed as they say nothing; then it is her turn.
    let asked = async { while petra.sign_in("petra", &printed_password(&printed, "petra")).await.is_err() {} };
    within(asked).await;
    drop(silent);
}

/// The same if the limit is reached all the same, because it became less: the server waits, and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_descriptors_goes_on_when_some_are_back() {
    let program = Program::new();
    let (server, printed, address) = Serving::start(&program, &DEMO);
    let process = i32::try_from(server.process()).ok().and_then(Pid::from_raw);
    let taken = std::fs::read_dir(format!("/proc/{}/fd", server.process())).expect("it still runs").count();
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let few = Rlimit { current: Some(taken as u64 + 8), maximum };
    let before = prlimit(process, Resource::Nofile, few).expect("a limit is set");
    let streams = silent(&address, 60).await;
    let log = || std::fs::read_to_string(program.folder.path().join("log")).expect("a log");
    within(async {
        while !log().contains("could not be accepted") {
            tokio::task::yield_now().await
        }
    })
    .await;
    drop(streams);
    prlimit(process, Resource::Nofile, before).expect("a limit is set");
    let mut petra = Browser::new(&address, "198.18.1.2");
    let asked = async { while petra.sign_in("petra", &printed_password(&printed, "petra")).await.is_err() {} };
    within(asked).await;
    assert!(log().matches("could not be accepted").count() <= 8, "one line while it lasts: {}", log());
}
