//! The database: its connection pools, transactions and migrations.

mod driver;
pub mod migrations;
pub(crate) mod order;
mod patience;
mod pooler;
mod pools;
pub(crate) mod rows;
pub(crate) mod sqlite_file;
pub mod transaction;
pub mod used_forms;
mod words_file;
pub(crate) mod write_ahead_log;
mod write_probe;

pub use driver::{Row, Statement, Transaction, Value, query};
pub use patience::Patience;
pub use transaction::{Lockable, Source};

use crate::clock::since_start;
use crate::observe::metrics::decisions::Decisions;
use crate::observe::metrics::evidence::Evidence;
use crate::private_file::FolderError;
use doorward::guard::Unavailable;
use driver::Pool;
use pools::{
    POSTGRES_MIGRATIONS, READER, WORDS, WRITER, connect_postgres, connect_sqlite, postgres_pool, sqlite_pool,
    without_a_broken_transaction,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::str::FromStr;
use std::time::Duration;
use tokio::time::sleep;
use write_probe::WriteProbe;

/// How long a start waits for other processes that open the same SQLite file, and the pause between
/// attempts.
const START: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 12;
/// Connections for long queries: searches, charts and exports of the ledger. The guard never waits
/// for one of them.
const SEARCHES: u32 = 2;
const POSTGRES_SEARCHES: u32 = 4;

/// The database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, inside this process.
    Sqlite,
    Postgres,
}

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder cannot be used: {0}")]
    Folder(#[from] FolderError),
    #[error("the database's file cannot be used")]
    File(#[source] std::io::Error),
    #[error("the file {0} cannot be made")]
    Words(String, #[source] std::io::Error),
    #[error("the database address must begin with sqlite: or postgres:")]
    Address,
    #[error(
        "the database address leads to a pooler that gives each transaction another connection; give the address of \
         PostgreSQL itself, or of a pooler with pool_mode = session"
    )]
    TransactionPooler,
    #[error("the database cannot be opened")]
    Connect(#[source] sqlx::Error),
    #[error(
        "this database was made by a newer Doorward (its schema has version {0}); use that one, or another database"
    )]
    Newer(i64),
    #[error("the database's schema cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// The database. SQLite has one writer, several readers, and one writer for the separate
/// search-terms file. PostgreSQL uses one pool for all of these. Searches of the ledger have
/// separate connections on both.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    readers: Pool,
    searches: Pool,
    writer: Pool,
    words: Pool,
    decisions: Decisions,
    evidence: Evidence,
    probe: WriteProbe,
    patience: Patience,
}

impl Database {
    /// Opens the database at `address` and brings its schema up to date.
    ///
    /// # Errors
    /// If the database cannot be reached, or was made by a newer Doorward.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        Self::open_with(address, Patience::USUAL).await
    }

    /// Like [`Database::open`], with other limits on waiting.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_with(address: &str, patience: Patience) -> Result<Self, OpenError> {
        if address.starts_with("sqlite:") {
            let address = sqlite_file::settle(address).map_err(OpenError::File)?;
            let options = SqliteConnectOptions::from_str(&address).map_err(OpenError::Connect)?;
            Self::open_sqlite_in_turn(&options, patience).await
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            Self::open_postgres(&PgConnectOptions::from_str(address).map_err(OpenError::Connect)?, patience).await
        } else {
            Err(OpenError::Address)
        }
    }

    /// Retries, because other processes that are starting may hold the file for longer than a
    /// request would wait.
    async fn open_sqlite_in_turn(options: &SqliteConnectOptions, patience: Patience) -> Result<Self, OpenError> {
        let until = since_start() + START;
        loop {
            match Self::open_sqlite(options, patience).await {
                Err(OpenError::Connect(error)) if is_busy(&error) && since_start() < until => sleep(PAUSE).await,
                opened => return opened,
            }
        }
    }

    async fn open_sqlite(options: &SqliteConnectOptions, patience: Patience) -> Result<Self, OpenError> {
        // Migrate first: the migration's connection sets the journal mode once and waits for other
        // processes.
        migrations::run_sqlite(connect_sqlite(options).await.map_err(OpenError::Connect)?).await?;
        let writer = without_a_broken_transaction(sqlite_pool(1, WRITER.to_owned(), patience));
        let writer = writer.connect_with(options.clone()).await.map_err(OpenError::Connect)?;
        let attach = words_file::attach(&writer).await?;
        let words = without_a_broken_transaction(sqlite_pool(1, format!("{attach}; {WORDS}"), patience));
        let words = words.connect_with(options.clone()).await.map_err(OpenError::Connect)?;
        words_file::make_tables(&words).await.map_err(OpenError::Connect)?;
        let readers = |count| sqlite_pool(count, format!("{attach}; {READER}"), patience);
        let searches = readers(SEARCHES).connect_lazy_with(options.clone());
        let readers = readers(READERS).connect_with(options.clone()).await.map_err(OpenError::Connect)?;
        Ok(Self {
            engine: Engine::Sqlite,
            readers: Pool::Sqlite(readers),
            searches: Pool::Sqlite(searches),
            writer: Pool::Sqlite(writer),
            words: Pool::Sqlite(words),
            decisions: Decisions::default(),
            evidence: Evidence::default(),
            probe: WriteProbe::default(),
            patience,
        })
    }

    async fn open_postgres(options: &PgConnectOptions, patience: Patience) -> Result<Self, OpenError> {
        let searches = postgres_pool(POSTGRES_SEARCHES, patience).connect_lazy_with(options.clone());
        // Not from the pool, whose connections have short timeouts.
        let connect = |set_up| connect_postgres(options, set_up);
        let mut migrating = connect(POSTGRES_MIGRATIONS.to_owned()).await.map_err(OpenError::Connect)?;
        let mut other = connect(patience.postgres()).await.map_err(OpenError::Connect)?;
        pooler::refuse(&mut migrating, &mut other).await?;
        let pool = Pool::Postgres(postgres_pool(POSTGRES_CONNECTIONS, patience).connect_lazy_with(options.clone()));
        migrations::run_postgres(migrating).await?;
        Ok(Self {
            engine: Engine::Postgres,
            readers: pool.clone(),
            searches: Pool::Postgres(searches),
            words: pool.clone(),
            writer: pool,
            decisions: Decisions::default(),
            evidence: Evidence::default(),
            probe: WriteProbe::default(),
            patience,
        })
    }

    /// Returns the database engine.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the counter of decisions that this process has made durable.
    #[must_use]
    pub const fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Returns what this process knows about the ledger's history.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) const fn patience(&self) -> Patience {
        self.patience
    }

    pub(crate) const fn readers(&self) -> &Pool {
        &self.readers
    }

    pub(crate) const fn searches(&self) -> &Pool {
        &self.searches
    }

    pub(crate) const fn writer(&self) -> &Pool {
        &self.writer
    }

    /// Begins a transaction that may write. SQLite allows one at a time (`begin immediate`).
    pub(crate) async fn begin(&self) -> Result<Transaction, Unavailable> {
        self.decisions.begun();
        let begun = match self.engine {
            Engine::Sqlite => self.writer.begin_with("begin immediate").await,
            Engine::Postgres => self.writer.begin().await,
        };
        begun.map_err(unavailable)
    }

    /// Begins a read-only transaction that sees the database as of its first statement.
    pub(crate) async fn begin_snapshot(&self) -> Result<Transaction, Unavailable> {
        let begin = match self.engine {
            Engine::Sqlite => "begin deferred",
            Engine::Postgres => "begin isolation level repeatable read, read only",
        };
        self.readers.begin_with(begin).await.map_err(unavailable)
    }

    /// Begins a transaction that may write search terms only.
    pub(crate) async fn begin_words(&self) -> Result<Transaction, Unavailable> {
        self.words.begin().await.map_err(unavailable)
    }

    /// Closes every connection after its current statement.
    pub async fn close(&self) {
        self.readers.close().await;
        self.searches.close().await;
        self.words.close().await;
        self.writer.close().await;
    }
}

/// The error of a row that holds something which cannot be read.
pub(crate) fn broken(what: impl Into<sqlx::error::BoxDynError>) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Logs the cause. The caller learns only that the database is unavailable.
#[expect(clippy::needless_pass_by_value, reason = "it ends a chain of map_err")]
pub(crate) fn unavailable(error: sqlx::Error) -> Unavailable {
    // A command closes the pool when it is done, while background tasks may still use it.
    if !matches!(error, sqlx::Error::PoolClosed) {
        tracing::error!(%error, "the database did not answer");
    }
    Unavailable
}

/// Returns whether SQLite's file or its single writing connection was held by somebody else for too
/// long.
fn is_busy(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, SQLITE_BUSY_RECOVERY and SQLITE_BUSY_SNAPSHOT.
    const BUSY: [&str; 3] = ["5", "261", "517"];
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| BUSY.contains(&&*code)),
        _ => false,
    }
}
