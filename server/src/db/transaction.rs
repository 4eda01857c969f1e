//! Where a statement runs: on a reader, or inside an open transaction, with the rows that it reads locked there.

use crate::db::{Database, Engine, unavailable};
use crate::ledger;
use crate::ledger::sql::Ledger;
use crate::observe::metrics::{Decided, Decisions};
use crate::observe::traces;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};

type Statement = Query<'static, Any, AnyArguments>;

/// A statement that reads what decides. In a transaction of PostgreSQL it locks those rows, so that a revocation that
/// commits first wins; SQLite has one writer, and needs no lock.
#[derive(Clone, Copy, Debug)]
pub struct Lockable {
    /// The statement.
    pub plain: &'static str,
    /// The same with its locking clause.
    pub locking: &'static str,
}

/// `lockable!("select …", "for share of t")`.
#[macro_export]
macro_rules! lockable {
    ($sql:literal, $lock:literal) => {
        $crate::db::transaction::Lockable { plain: $sql, locking: concat!($sql, " ", $lock) }
    };
}

/// A pool, and the connection of it that is used just now. Giving one back costs as much as a statement.
pub struct Reader {
    engine: Engine,
    pool: AnyPool,
    held: Held,
}

/// What a reader holds.
enum Held {
    Nothing,
    Connection(PoolConnection<Any>),
    /// A transaction in which every statement sees the same rows.
    Snapshot(Transaction<'static, Any>),
}

/// Everything after it can be taken back, and what was decided before it stays.
const SAVEPOINT: &str = "savepoint decided";
const TO_SAVEPOINT: &str = "rollback to savepoint decided";

/// The records of an open transaction. They are written when it is committed; if it is not, they go to the ledger's queue,
/// and say that nothing was done.
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

    /// Passes an error on, and remembers that there was one.
    fn noting<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Unavailable> {
        self.failed |= result.is_err();
        result.map_err(unavailable)
    }

    /// Says in each record of something allowed that it was not done.
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

/// A reader, or an open transaction.
pub enum Source {
    /// Each statement by itself.
    Reader(Reader),
    /// All of them together.
    Writer(Engine, Transaction<'static, Any>, Recorded),
}

impl Source {
    /// A reader of `database`.
    #[must_use]
    pub fn reader(database: &Database) -> Self {
        Self::reads(database, Held::Nothing)
    }

    /// A reader whose statements all see the database as it was at the first of them, whatever others commit meanwhile. Use
    /// it if several statements have to agree, as the sealed records have to agree with what is said of the archived ones.
    /// Drop it soon: it keeps a connection.
    ///
    /// # Errors
    /// Where it does not answer in time.
    pub async fn snapshot(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::reads(database, Held::Snapshot(database.begin_snapshot().await?)))
    }

    fn reads(database: &Database, held: Held) -> Self {
        Self::Reader(Reader { engine: database.engine(), pool: database.readers().clone(), held })
    }

    /// A reader for what may take long, such as a search of the ledger: it has connections of its own.
    #[must_use]
    pub fn searcher(database: &Database) -> Self {
        Self::Reader(Reader { engine: database.engine(), pool: database.searches().clone(), held: Held::Nothing })
    }

    /// A transaction of `database`.
    ///
    /// # Errors
    /// Where it does not answer in time.
    pub async fn writer(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::Writer(database.engine(), database.begin().await?, Recorded::new(database)))
    }

    /// Has the records of this transaction go to `queue` if it ends without a commit.
    #[must_use]
    pub fn with_queue(mut self, queue: &Ledger) -> Self {
        if let Self::Writer(.., recorded) = &mut self {
            recorded.queue = Some(queue.clone());
        }
        self
    }

    /// A transaction for the words of records, and for nothing else: on SQLite they are in a file of their own.
    ///
    /// # Errors
    /// Where it does not answer in time.
    pub async fn words(database: &Database) -> Result<Self, Unavailable> {
        Ok(Self::Writer(database.engine(), database.begin_words().await?, Recorded::new(database)))
    }

    /// The engine that it runs on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Reader(Reader { engine, .. }) | Self::Writer(engine, ..) => *engine,
        }
    }

    /// The text of a statement as it is to run here.
    #[must_use]
    pub const fn text(&self, statement: Lockable) -> &'static str {
        match self {
            Self::Writer(Engine::Postgres, ..) => statement.locking,
            Self::Writer(Engine::Sqlite, ..) | Self::Reader(_) => statement.plain,
        }
    }

    /// The connection that a statement runs on; of a transaction also its records.
    async fn connection(&mut self) -> Result<(&mut AnyConnection, Option<&mut Recorded>), Unavailable> {
        match self {
            Self::Reader(Reader { pool, held, .. }) => {
                if let Held::Nothing = held {
                    *held = Held::Connection(pool.acquire().await.map_err(unavailable)?);
                }
                match held {
                    Held::Connection(connection) => Ok((&mut **connection, None)),
                    Held::Snapshot(transaction) => Ok((&mut **transaction, None)),
                    Held::Nothing => Err(unavailable(sqlx::Error::PoolClosed)),
                }
            }
            Self::Writer(_, transaction, recorded) => Ok((&mut **transaction, Some(recorded))),
        }
    }

    /// Gives a reader's connection back, so that others can read while this one waits. A snapshot ends only when it is
    /// dropped.
    pub fn rest(&mut self) {
        if let Self::Reader(Reader { held, .. }) = self
            && let Held::Connection(_) = held
        {
            *held = Held::Nothing;
        }
    }

    /// Keeps a record, to be written when the transaction ends.
    ///
    /// # Errors
    /// Where this is a reader.
    pub(crate) fn record(&mut self, record: AuditEntry) -> Result<(), Unavailable> {
        let Self::Writer(.., recorded) = self else { return Err(Unavailable) };
        recorded.records.push(record);
        Ok(())
    }

    /// Begins what [`Source::undo`] takes back. Without it, `undo` takes back everything.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub(crate) async fn begin_effects(&mut self) -> Result<(), Unavailable> {
        self.execute(sqlx::query(SAVEPOINT)).await.map(|_| ())
    }

    /// One row, or none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn optional(&mut self, statement: Statement) -> Result<Option<AnyRow>, Unavailable> {
        let (connection, recorded) = self.connection().await?;
        noting(recorded, statement.fetch_optional(connection).await)
    }

    /// Every row.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn all(&mut self, statement: Statement) -> Result<Vec<AnyRow>, Unavailable> {
        let (connection, recorded) = self.connection().await?;
        noting(recorded, statement.fetch_all(connection).await)
    }

    /// Changes rows, and says how many. A reader changes nothing.
    ///
    /// # Errors
    /// Where the database does not answer, or this is a reader.
    pub async fn execute(&mut self, statement: Statement) -> Result<u64, Unavailable> {
        match self {
            Self::Reader(_) => Err(Unavailable),
            Self::Writer(_, transaction, recorded) => {
                let done = statement.execute(&mut **transaction).await;
                recorded.noting(done).map(|done| done.rows_affected())
            }
        }
    }

    /// Changes rows whatever becomes of this request: a reader does it by itself, a transaction within itself.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn execute_apart(&mut self, database: &Database, statement: Statement) -> Result<u64, Unavailable> {
        match self {
            Self::Reader(_) => {
                // Whoever held one connection and waited for another would keep both from everybody on PostgreSQL.
                self.rest();
                let done = statement.execute(database.writer()).await;
                done.map(|done| done.rows_affected()).map_err(unavailable)
            }
            Self::Writer(..) => self.execute(statement).await,
        }
    }

    /// Makes everything durable, with its records.
    ///
    /// # Errors
    /// Where the database does not say that it is.
    pub async fn commit(self) -> Result<(), Unavailable> {
        let Self::Writer(_, mut transaction, mut recorded) = self else { return Ok(()) };
        // A decision lasts until its record is durable.
        let _spans: Vec<_> = recorded.records.iter().map(traces::decision).collect();
        let written = ledger::sql::write(&mut transaction, &recorded.records).await;
        recorded.noting(written)?;
        recorded.noting(transaction.commit().await)?;
        let written = std::mem::take(&mut recorded.records);
        written.iter().for_each(|record| recorded.counter.count(&Decided::of(record)));
        Ok(())
    }

    /// Makes everything durable, where that is not what the records allowed: they have this outcome.
    ///
    /// # Errors
    /// Where the database does not say that it is.
    pub async fn commit_with(mut self, outcome: Outcome) -> Result<(), Unavailable> {
        if let Self::Writer(.., recorded) = &mut self {
            recorded.not_done(outcome);
        }
        self.commit().await
    }

    /// Takes back what was done since [`Source::begin_effects`], and makes the records durable: they have this outcome.
    ///
    /// # Errors
    /// Where the database does not say that they are.
    pub async fn undo(mut self, outcome: Outcome) -> Result<(), Unavailable> {
        self.execute(sqlx::query(TO_SAVEPOINT)).await?;
        self.commit_with(outcome).await
    }
}

fn noting<T>(recorded: Option<&mut Recorded>, result: Result<T, sqlx::Error>) -> Result<T, Unavailable> {
    match recorded {
        Some(recorded) => recorded.noting(result),
        None => result.map_err(unavailable),
    }
}
