//! Where a statement runs: on a reader, or inside an open transaction that locks the rows it reads.

use crate::clock::since_start;
use crate::db::driver::{Connection, Pool, Pooled};
use crate::db::{Database, Engine, Row, Statement, Transaction, query, unavailable};
use crate::ledger;
use crate::ledger::sql::Ledger;
use crate::observe::metrics::decisions::{Decided, Decisions};
use crate::observe::{counted, traces};
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};

/// A statement that reads rows a decision depends on. In a PostgreSQL transaction it locks those
/// rows, so that a revocation that commits first wins. SQLite has a single writer and needs no
/// lock.
#[derive(Clone, Copy, Debug)]
pub struct Lockable {
    /// Without a locking clause.
    pub plain: &'static str,
    /// With the locking clause, for PostgreSQL.
    pub locking: &'static str,
}

/// Builds a [`Lockable`]: `lockable!("select …", "for share of t")`.
#[macro_export]
macro_rules! lockable {
    ($sql:literal, $lock:literal) => {
        $crate::db::transaction::Lockable { plain: $sql, locking: concat!($sql, " ", $lock) }
    };
}

/// A pool and the connection currently taken from it. The connection is kept between statements,
/// because returning it costs as much as a statement.
pub struct Reader {
    engine: Engine,
    pool: Pool,
    held: Held,
}

/// The connection or transaction that a reader holds.
enum Held {
    Nothing,
    Connection(Pooled),
    /// A transaction in which every statement sees the same version of the database.
    Snapshot(Transaction),
}

/// Changes after this savepoint can be rolled back without undoing what the decision wrote.
const SAVEPOINT: &str = "savepoint decided";
const TO_SAVEPOINT: &str = "rollback to savepoint decided";

/// The records of an open transaction. A commit writes them. Without a commit they go to the
/// ledger's queue with an outcome that says nothing was done.
pub struct Recorded {
    records: Vec<AuditEntry>,
    queue: Option<Ledger>,
    counter: Decisions,
    /// Whether a statement failed.
    failed: bool,
}

impl Recorded {
    fn new(database: &Database) -> Self {
        Self { records: Vec::new(), queue: None, counter: database.decisions().clone(), failed: false }
    }

    /// Passes a result on and remembers whether it was an error.
    fn noting<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Unavailable> {
        self.failed |= result.is_err();
        result.map_err(unavailable)
    }

    /// Sets the outcome of every allowed record to `outcome`.
    fn not_done(&mut self, outcome: Outcome) {
        for record in self.records.iter_mut().filter(|record| record.allowed) {
            record.outcome = Some(outcome);
        }
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if self.records.iter().any(|record| record.outcome == Some(Outcome::Done)) {
            let failed = self.failed || std::thread::panicking();
            self.not_done(if failed { Outcome::Failed } else { Outcome::GivenUp });
        }
        if let Some(queue) = &self.queue {
            std::mem::take(&mut self.records).into_iter().for_each(|record| queue.add_undone(record));
        }
    }
}

/// A reader or an open transaction.
pub enum Source {
    /// Each statement runs by itself.
    Reader(Reader),
    /// All statements run in one transaction.
    Writer(Engine, Transaction, Recorded),
}

impl Source {
    /// Returns a reader of `database`.
    #[must_use]
    pub fn reader(database: &Database) -> Self {
        Self::reads(database, Held::Nothing)
    }

    /// Returns a reader whose statements all see the database as of the first one, whatever others
    /// commit in the meantime. Use it if several statements have to agree. Drop it soon, because it
    /// keeps a connection.
    pub async fn snapshot(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::reads(database, Held::Snapshot(database.begin_snapshot().await?)))
    }

    fn reads(database: &Database, held: Held) -> Self {
        Self::Reader(Reader { engine: database.engine(), pool: database.readers().clone(), held })
    }

    /// Returns a reader for queries that may take long, such as a search of the ledger. It uses a
    /// separate pool.
    #[must_use]
    pub fn searcher(database: &Database) -> Self {
        Self::Reader(Reader { engine: database.engine(), pool: database.searches().clone(), held: Held::Nothing })
    }

    /// Begins a transaction of `database`.
    pub async fn writer(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::Writer(database.engine(), database.begin().await?, Recorded::new(database)))
    }

    /// Sends this transaction's records to `queue` if the transaction ends without a commit.
    #[must_use]
    pub fn with_queue(mut self, queue: &Ledger) -> Self {
        if let Self::Writer(.., recorded) = &mut self {
            recorded.queue = Some(queue.clone());
        }
        self
    }

    /// Begins a transaction for the full-text search terms only. SQLite keeps them in a separate
    /// file.
    pub async fn words(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::Writer(database.engine(), database.begin_words().await?, Recorded::new(database)))
    }

    /// Returns the database engine.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Reader(Reader { engine, .. }) | Self::Writer(engine, ..) => *engine,
        }
    }

    /// Returns whether this source locks the rows that a decision depends on.
    #[must_use]
    pub const fn locks(&self) -> bool {
        matches!(self, Self::Writer(Engine::Postgres, ..))
    }

    /// Returns the variant of a statement that fits this source.
    #[must_use]
    pub const fn text(&self, statement: Lockable) -> &'static str {
        if self.locks() { statement.locking } else { statement.plain }
    }

    /// Returns the connection to run a statement on and, in a transaction, its records.
    async fn connection(&mut self) -> Result<(Connection<'_>, Option<&mut Recorded>), Unavailable> {
        counted::statement();
        match self {
            Self::Reader(Reader { pool, held, .. }) => {
                if let Held::Nothing = held {
                    *held = Held::Connection(pool.acquire().await.map_err(unavailable)?);
                }
                match held {
                    Held::Connection(connection) => Ok((connection.into(), None)),
                    Held::Snapshot(transaction) => Ok((transaction.into(), None)),
                    Held::Nothing => Err(unavailable(sqlx::Error::PoolClosed)),
                }
            }
            Self::Writer(_, transaction, recorded) => Ok((transaction.into(), Some(recorded))),
        }
    }

    /// Returns a reader's connection to the pool while the caller waits for something else. A
    /// snapshot keeps its connection until it is dropped.
    pub fn rest(&mut self) {
        if let Self::Reader(Reader { held, .. }) = self
            && let Held::Connection(_) = held
        {
            *held = Held::Nothing;
        }
    }

    /// Keeps a record until the transaction ends. Returns an error if this is a reader.
    pub(crate) fn record(&mut self, record: AuditEntry) -> Result<(), Unavailable> {
        let Self::Writer(.., recorded) = self else { return Err(Unavailable) };
        recorded.records.push(record);
        Ok(())
    }

    /// Sets the savepoint to which [`Source::undo`] rolls back. Without one, `undo` rolls back
    /// everything.
    pub(crate) async fn begin_effects(&mut self) -> Result<(), Unavailable> {
        self.execute(query(SAVEPOINT)).await.map(|_| ())
    }

    /// Returns one row, or `None`.
    pub async fn optional(&mut self, statement: Statement) -> Result<Option<Row>, Unavailable> {
        let (connection, recorded) = self.connection().await?;
        noting(recorded, statement.optional(connection).await)
    }

    /// Returns every row.
    pub async fn all(&mut self, statement: Statement) -> Result<Vec<Row>, Unavailable> {
        let (connection, recorded) = self.connection().await?;
        noting(recorded, statement.all(connection).await)
    }

    /// Runs a statement that changes rows, and returns how many. Returns an error if this is a
    /// reader.
    pub async fn execute(&mut self, statement: Statement) -> Result<u64, Unavailable> {
        match self {
            Self::Reader(_) => Err(Unavailable),
            Self::Writer(_, transaction, recorded) => {
                counted::statement();
                let done = statement.execute(transaction).await;
                recorded.noting(done)
            }
        }
    }

    /// Changes rows independently of the request's outcome: a reader runs the statement on the
    /// writer pool, a transaction runs it within itself.
    pub async fn execute_apart(&mut self, database: &Database, statement: Statement) -> Result<u64, Unavailable> {
        match self {
            Self::Reader(_) => {
                // Return the reader's connection first: with PostgreSQL, holding one connection
                // while waiting for another can deadlock the pool.
                self.rest();
                database.writer().execute(statement).await.map_err(unavailable)
            }
            Self::Writer(..) => self.execute(statement).await,
        }
    }

    /// Commits the changes together with their records.
    pub async fn commit(self) -> Result<(), Unavailable> {
        let Self::Writer(_, mut transaction, mut recorded) = self else { return Ok(()) };
        let began = since_start();
        // A decision's span ends when its record is durable.
        let _spans: Vec<_> = recorded.records.iter().map(traces::decision).collect();
        let written = ledger::sql::write(&mut transaction, &recorded.records).await;
        recorded.noting(written)?;
        recorded.noting(transaction.commit().await)?;
        counted::recording(since_start().saturating_sub(began));
        let written = std::mem::take(&mut recorded.records);
        written.iter().for_each(|record| recorded.counter.count(&Decided::of(record)));
        Ok(())
    }

    /// Commits, but gives the allowed records `outcome`, because the changes are not the ones that
    /// they allowed.
    pub async fn commit_with(mut self, outcome: Outcome) -> Result<(), Unavailable> {
        if let Self::Writer(.., recorded) = &mut self {
            recorded.not_done(outcome);
        }
        self.commit().await
    }

    /// Rolls back to [`Source::begin_effects`] and commits the records with `outcome`.
    pub async fn undo(mut self, outcome: Outcome) -> Result<(), Unavailable> {
        self.execute(query(TO_SAVEPOINT)).await?;
        self.commit_with(outcome).await
    }
}

fn noting<T>(recorded: Option<&mut Recorded>, result: Result<T, sqlx::Error>) -> Result<T, Unavailable> {
    match recorded {
        Some(recorded) => recorded.noting(result),
        None => result.map_err(unavailable),
    }
}
