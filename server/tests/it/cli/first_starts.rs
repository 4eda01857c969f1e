//! Several processes that start at once.

use super::program::{Serving, ask, get, sentence};
use crate::cli::commands::PASSWORD;
use crate::cli::program::{Program, said};
use crate::support::world::TestDatabase;
use server::db::Database;
use server::demo;
use sqlx::{Connection, Row};
use std::process::{Child, Output, Stdio};

fn migrate(program: &Program, data: &str, database: Option<&str>) -> Child {
    let mut command = program.command_at(data, &["migrate"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(address) = database {
        command.env("DATABASE_URL", address);
    }
    command.spawn().expect("the program runs")
}

fn all(children: Vec<Child>) -> Vec<Output> {
    children.into_iter().map(|child| child.wait_with_output().expect("it ends")).collect()
}

#[test]
fn first_starts_at_once_share_one_folder() {
    let program = Program::new();
    for output in all((0..6).map(|_| migrate(&program, "data", None)).collect()) {
        assert!(output.status.success(), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_starts_at_once_make_one_vault_key() {
    let database = TestDatabase::new().await;
    let address = match database.file() {
        Some(file) => format!("sqlite:{}?mode=rwc", file.display()),
        None => database.address.clone(),
    };
    let outputs = tokio::task::spawn_blocking(move || {
        let program = Program::new();
        let folders: Vec<String> = (0..6).map(|number| format!("data-{number}")).collect();
        let children = folders.iter().map(|folder| migrate(&program, folder, Some(&address))).collect();
        let outputs = all(children);
        let keys =
            folders.iter().filter(|folder| program.folder.path().join(folder).join("vault.key").exists()).count();
        assert_eq!(keys, 1, "only the first makes a key");
        outputs
    })
    .await
    .unwrap();
    let refused: Vec<String> = outputs.iter().filter(|output| !output.status.success()).map(said).collect();
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(refused.iter().all(|text| text.contains("put the right vault.key into the data folder")), "{refused:?}");
    let rows = database.rows().await;
    let count: i64 = sqlx::query("select count(*) from vault_keys").fetch_one(&rows).await.unwrap().get(0);
    assert_eq!(count, 1);
}

/// The lock of sqlx's migrations: its number is made from the database's name.
const LOCK: &str = "select pg_advisory_lock($1)";
const WAITING: &str = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
     where d.datname = current_database() and l.locktype = 'advisory' and not l.granted";

fn number_of(database: &str) -> i64 {
    let mut crc = u32::MAX;
    for byte in database.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    0x3d32_ad9e * i64::from(!crc)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_another_process_that_migrates() {
    let database = TestDatabase::new().await;
    if database.file().is_some() {
        // Nobody sees whether a connection of SQLite waits; the starts above do.
        return;
    }
    let mut other = sqlx::AnyConnection::connect(&database.address).await.unwrap();
    let name: String =
        sqlx::query("select cast(current_database() as text)").fetch_one(&mut other).await.unwrap().get(0);
    sqlx::query(LOCK).bind(number_of(&name)).execute(&mut other).await.unwrap();
    let address = database.address.clone();
    let started =
        tokio::spawn(async move { Database::open(&address).await.map(|_| ()).map_err(|error| format!("{error:?}")) });
    while !started.is_finished() && sqlx::query(WAITING).fetch_one(&mut other).await.unwrap().get::<i64, _>(0) == 0 {
        tokio::task::yield_now().await;
    }
    // Longer than a request waits for a lock.
    sqlx::raw_sql("select pg_sleep(4)").execute(&mut other).await.unwrap();
    assert!(!started.is_finished(), "it waits");
    other.close().await.unwrap();
    started.await.unwrap().expect("it goes on");
}

#[test]
fn a_start_that_cannot_serve_says_why() {
    let program = Program::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = sentence(&program.run(&["serve", "--listen", &address]));
    assert!(busy.starts_with(&format!("doorward: {address} cannot be listened on: ")), "{busy}");
    std::fs::remove_dir_all(program.folder.path().join("site")).unwrap();
    let no_site = sentence(&program.run(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(no_site.contains("there is no built site in site"), "{no_site}");
}

/// The server stops when it is told to.
#[test]
fn a_first_start_prints_a_set_up_link_that_works() {
    let program = Program::new();
    let (server, text, address) = Serving::start(&program, &[]);
    let link = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(&format!("http://{address}/set-up?code=")))
        .expect("a link");
    assert!(link.len() >= 16, "{link}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/secrets").starts_with("HTTP/1.1 303"));
    assert!(get(&address, "/sign-in").contains("/pkg/doorward.c.css"), "files are asked for by their hashes");
    let form = format!("code={link}&name=root&password=a+long+enough+sentence&repeat=a+long+enough+sentence");
    let answer = ask(
        &address,
        &format!(
            "POST /set-up HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Doorward is set up"), "{answer}");
    assert!(answer.contains("Your sign-in name is root."), "{answer}");
    assert_eq!(server.stop(), Some(0));
    let log = std::fs::read_to_string(program.folder.path().join("log")).unwrap();
    assert!(log.contains("/set-up"), "requests are logged: {log}");
    for hidden in [link, "long+enough", PASSWORD] {
        assert!(!log.contains(hidden), "the log holds no {hidden}");
    }

    let (server, text, _) = Serving::start(&program, &[]);
    assert!(!text.contains("/set-up"), "somebody is there now: {text}");
    assert_eq!(server.stop(), Some(0));
}

/// It prints its sign-ins.
#[test]
fn the_demonstration_is_not_mixed_with_real_data() {
    let program = Program::new();
    let (server, first, _) = Serving::start(&program, &["--demo"]);
    for (name, _, _) in demo::PEOPLE {
        assert!(first.lines().any(|line| line.trim_start().starts_with(name)), "{name}: {first}");
    }
    assert!(!first.contains("/set-up"));
    assert_eq!(server.stop(), Some(0));
    let real = Program::new();
    let add = ["user", "add", "ines", "--role", "operator", "--password-stdin"];
    assert!(real.run_with_input(&add, &format!("{PASSWORD}\n")).status.success());
    let mixed = sentence(&real.run(&["serve", "--listen", "127.0.0.1:0", "--demo"]));
    assert!(mixed.contains("no demo data goes into it"), "{mixed}");
}
