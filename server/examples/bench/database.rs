//! New databases to measure, and a way to their rows past Doorward.

use doorward::{Clock, Timestamp};
use server::clock::SystemClock;
use server::db::{Database, Engine};
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, AssertSqlSafe};
use std::path::{Path, PathBuf};

/// A database, and a way to its rows past Doorward.
pub struct Filled {
    /// As the program has it.
    pub database: Database,
    /// For writing rows.
    pub rows: AnyPool,
    /// When it was made.
    pub now: Timestamp,
    /// Its address.
    #[allow(dead_code, reason = "not every bench starts the program on it")]
    pub address: String,
    /// Its file, where it is one.
    pub file: Option<PathBuf>,
    /// Its server, and its name there.
    server: Option<(String, String)>,
}

impl Filled {
    /// Opens what is at this address, to write rows into it.
    pub async fn open(address: &str) -> Self {
        let database = Database::open(address).await.expect("the database opens");
        let rows = AnyPoolOptions::new().max_connections(1).connect(address).await.expect("it answers");
        Self { database, rows, now: SystemClock.now(), address: address.to_owned(), file: None, server: None }
    }

    /// Has the kernel hold every page of it, where it is a file.
    pub fn read_through(&self) {
        if let Some(file) = &self.file {
            let mut file = std::fs::File::open(file).expect("the file is there");
            std::io::copy(&mut file, &mut std::io::sink()).expect("it can be read");
        }
    }

    /// Runs statements.
    pub async fn run(&self, statements: String) {
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&self.rows).await.expect("the rows are written");
    }

    /// Has rows written without care, where it is a file: it is made anew each time.
    pub async fn hurry(&self) {
        if engine(&self.database) == "SQLite" {
            self.run("pragma synchronous = off; pragma cache_size = -500000".to_owned()).await;
        }
    }

    /// Does what is left to do after many rows were written, so that nothing that is measured pays for it.
    pub async fn settle(&self) {
        let statement = match engine(&self.database) {
            "SQLite" => "pragma wal_checkpoint(truncate)",
            // As autovacuum does by itself, some time later.
            _ => "vacuum analyze",
        };
        self.run(statement.to_owned()).await;
    }

    /// Closes it, and takes it away where it was made on a server.
    pub async fn close(self) {
        self.database.close().await;
        self.rows.close().await;
        if let Some((server, name)) = self.server {
            let pool = AnyPool::connect(&server).await.expect("PostgreSQL answers");
            sqlx::raw_sql(AssertSqlSafe(format!("drop database {name}"))).execute(&pool).await.expect("it is dropped");
        }
    }
}

/// A new database: a file in `scratch`, or one of the PostgreSQL server that `DOORWARD_TEST_POSTGRES` names.
pub async fn new(scratch: &Path, name: &str) -> Filled {
    sqlx::any::install_default_drivers();
    let Ok(server) = std::env::var("DOORWARD_TEST_POSTGRES") else {
        let file = scratch.join(name);
        let filled = Filled::open(&format!("sqlite://{}?mode=rwc", file.display())).await;
        filled.run(format!("attach database '{}-words' as words", file.display())).await;
        return Filled { file: Some(file), ..filled };
    };
    let name = format!("bench_{name}_{}", std::process::id());
    let pool = AnyPool::connect(&server).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))).execute(&pool).await.expect("it is made");
    let (host, _) = server.rsplit_once('/').expect("an address with a database");
    Filled { server: Some((server.clone(), name.clone())), ..Filled::open(&format!("{host}/{name}")).await }
}

/// The name of its engine.
pub const fn engine(database: &Database) -> &'static str {
    match database.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    }
}

/// SplitMix64: each number has one, and they look random.
pub const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
