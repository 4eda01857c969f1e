//! Several processes that start at once.

use crate::cli::program::{Program, said};
use crate::support::world::TestDatabase;
use server::db::Database;
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
