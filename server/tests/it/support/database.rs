//! A database for one test, and a look at everything in it.

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use tempfile::TempDir;

/// Whether a text stands in another, as it is or in hexadecimal.
pub fn holds(everything: &str, text: &str) -> bool {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    everything.contains(text) || everything.contains(&hex)
}

async fn every_column(rows: &AnyPool) -> Vec<u8> {
    let tables = "select cast(tablename as text) from pg_tables where schemaname = 'public'";
    let mut everything = Vec::new();
    for table in sqlx::query(tables).fetch_all(rows).await.expect("the tables") {
        let table: String = table.get(0);
        let rows_of = sqlx::AssertSqlSafe(format!("select cast(row_to_json(t) as text) from {table} t"));
        for row in sqlx::query(rows_of).fetch_all(rows).await.expect("the table can be read") {
            everything.extend_from_slice(row.get::<String, _>(0).as_bytes());
            everything.push(b'\n');
        }
    }
    everything
}

fn every_byte_in(folder: &std::path::Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).expect("the folder can be read");
    files.flat_map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read")).collect()
}

enum Kind {
    Sqlite(TempDir),
    Postgres(Named),
}

fn server() -> String {
    std::env::var("DOORWARD_TEST_POSTGRES").expect("a server")
}

/// The name of a PostgreSQL database, which ends with it. That of a failed test stays until the server ends.
pub struct Named(String);

impl Drop for Named {
    fn drop(&mut self) {
        static UNUSED: OnceLock<Sender<String>> = OnceLock::new();
        if !std::thread::panicking() {
            let unused = UNUSED.get_or_init(|| {
                let (unused, come) = channel();
                std::thread::spawn(move || drop_databases(&come));
                unused
            });
            // Without a receiver the database stays, like that of a failed test.
            let _ = unused.send(std::mem::take(&mut self.0));
        }
    }
}

/// How many databases are dropped together. Each time, PostgreSQL writes everything out that was changed meanwhile.
const TOGETHER: usize = 16;

/// Drops databases beside the tests, none of which waits for it.
fn drop_databases(unused: &Receiver<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    loop {
        let names: Vec<String> = unused.iter().take(TOGETHER).collect();
        runtime.block_on(async {
            let Ok(pool) = AnyPool::connect(&server()).await else { return };
            for name in names {
                // Connections of the test may still be closing.
                let drop = sqlx::AssertSqlSafe(format!("drop database {name} with (force)"));
                let _ = sqlx::query(drop).execute(&pool).await;
            }
            pool.close().await;
        });
    }
}

/// What a database holds, for others to begin with.
pub enum Contents {
    /// SQLite's files, by name.
    Files(Vec<(OsString, Vec<u8>)>),
    /// A database of the PostgreSQL server.
    Database(Named),
}

pub struct TestDatabase {
    pub address: String,
    kind: Kind,
}

impl TestDatabase {
    /// An SQLite file, or a database of the PostgreSQL server that `DOORWARD_TEST_POSTGRES` names.
    pub async fn new() -> Self {
        sqlx::any::install_default_drivers();
        match std::env::var("DOORWARD_TEST_POSTGRES") {
            Ok(server) => Self::on_postgres(&server, "template1").await,
            Err(_) => Self::on_sqlite(&[]),
        }
    }

    /// A database that holds this already.
    pub async fn holding(contents: &Contents) -> Self {
        match contents {
            Contents::Files(files) => Self::on_sqlite(files),
            Contents::Database(Named(name)) => Self::on_postgres(&server(), name).await,
        }
    }

    /// Takes what a database holds. Nobody may use it any more.
    pub fn into_contents(self) -> Contents {
        match self.kind {
            Kind::Sqlite(folder) => {
                let files = std::fs::read_dir(folder.path()).expect("the folder can be read");
                let names = files.map(|file| file.expect("a file").file_name());
                let read = |name: OsString| {
                    let bytes = std::fs::read(folder.path().join(&name)).expect("it can be read");
                    (name, bytes)
                };
                Contents::Files(names.map(read).collect())
            }
            Kind::Postgres(named) => Contents::Database(named),
        }
    }

    fn on_sqlite(files: &[(OsString, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.path().join(name));
            file.and_then(|mut file| file.write_all(bytes)).expect("a file that is for this user alone");
        }
        let file = folder.path().join("test.sqlite");
        Self { address: format!("sqlite://{}?mode=rwc", file.display()), kind: Kind::Sqlite(folder) }
    }

    /// SQLite's file.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.kind {
            Kind::Sqlite(folder) => Some(folder.path().join("test.sqlite")),
            Kind::Postgres(_) => None,
        }
    }

    /// A way to the rows past Doorward, to those about words as well.
    pub async fn rows(&self) -> AnyPool {
        let attach = |file: PathBuf| format!("attach database '{}-words' as words", file.display());
        let words = self.file().map(attach).unwrap_or_default();
        let pool = AnyPoolOptions::new().after_connect(move |connection, _| {
            let words = sqlx::AssertSqlSafe(words.clone());
            Box::pin(async move { sqlx::raw_sql(words).execute(&mut *connection).await.map(|_| ()) })
        });
        pool.connect(&self.address).await.expect("the rows can be looked at")
    }

    /// All that is kept: SQLite's files, or every column of PostgreSQL's tables.
    pub async fn everything(&self, rows: &AnyPool) -> String {
        let bytes = match &self.kind {
            Kind::Sqlite(folder) => every_byte_in(folder.path()),
            Kind::Postgres(_) => every_column(rows).await,
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    async fn on_postgres(server: &str, template: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("doorward_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let pool = AnyPool::connect(server).await.expect("PostgreSQL answers");
        let create = sqlx::AssertSqlSafe(format!("create database {name} template {template}"));
        sqlx::query(create).execute(&pool).await.expect("a database is made");
        pool.close().await;
        let (before, query) = server.split_once('?').map_or((server, String::new()), |(a, b)| (a, format!("?{b}")));
        let (host, _) = before.rsplit_once('/').expect("an address with a database");
        Self { address: format!("{host}/{name}{query}"), kind: Kind::Postgres(Named(name)) }
    }
}
