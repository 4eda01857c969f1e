//! Where a statement runs: on a reader, or inside an open transaction, with the rows that it reads locked there.

use super::{Database, Engine, unavailable};
use crate::metrics::{Decided, Decisions};
use doorward::guard::Unavailable;
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
        $crate::store::Lockable { plain: $sql, locking: concat!($sql, " ", $lock) }
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

/// The decisions whose records an open transaction holds; they are counted when it is committed.
pub struct Recorded {
    decided: Vec<Decided>,
    counter: Decisions,
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
        Self::Reader(Reader { engine: database.engine(), pool: database.searches().clone(), held: None })
    }

    /// A transaction of `database`.
    ///
    /// # Errors
    /// Where it does not answer in time.
    pub async fn writer(database: &Database) -> Result<Self, Unavailable> {
        let recorded = Recorded { decided: Vec::new(), counter: database.decisions().clone() };
        Ok(Self::Writer(database.engine(), database.begin().await?, recorded))
    }

    /// A transaction for the words of records, and for nothing else: on SQLite they are in a file of their own.
    ///
    /// # Errors
    /// Where it does not answer in time.
    pub async fn words(database: &Database) -> Result<Self, Unavailable> {
        let recorded = Recorded { decided: Vec::new(), counter: database.decisions().clone() };
        Ok(Self::Writer(database.engine(), database.begin_words().await?, recorded))
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

    async fn connection(&mut self) -> Result<&mut AnyConnection, sqlx::Error> {
        match self {
            Self::Reader(Reader { pool, held, .. }) => {
                if let Held::Nothing = held {
                    *held = Held::Connection(pool.acquire().await?);
                }
                match held {
                    Held::Connection(connection) => Ok(&mut **connection),
                    Held::Snapshot(transaction) => Ok(&mut **transaction),
                    Held::Nothing => Err(sqlx::Error::PoolClosed),
                }
            }
            Self::Writer(_, transaction, _) => Ok(&mut **transaction),
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

    /// Notes a decision whose record was written here, to be counted once it is durable.
    pub(super) fn note(&mut self, decided: Decided) {
        if let Self::Writer(.., recorded) = self {
            recorded.decided.push(decided);
        }
    }

    /// One row, or none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn optional(&mut self, statement: Statement) -> Result<Option<AnyRow>, Unavailable> {
        let connection = self.connection().await.map_err(unavailable)?;
        statement.fetch_optional(connection).await.map_err(unavailable)
    }

    /// Every row.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn all(&mut self, statement: Statement) -> Result<Vec<AnyRow>, Unavailable> {
        let connection = self.connection().await.map_err(unavailable)?;
        statement.fetch_all(connection).await.map_err(unavailable)
    }

    /// Changes rows, and says how many. A reader changes nothing.
    ///
    /// # Errors
    /// Where the database does not answer, or this is a reader.
    pub async fn execute(&mut self, statement: Statement) -> Result<u64, Unavailable> {
        match self {
            Self::Reader(_) => Err(Unavailable),
            Self::Writer(_, transaction, _) => {
                statement.execute(&mut **transaction).await.map(|done| done.rows_affected()).map_err(unavailable)
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

    /// Makes everything durable.
    ///
    /// # Errors
    /// Where the database does not say that it is.
    pub async fn commit(self) -> Result<(), Unavailable> {
        match self {
            Self::Reader(_) => Ok(()),
            Self::Writer(_, transaction, recorded) => {
                transaction.commit().await.map_err(unavailable)?;
                recorded.decided.iter().for_each(|decided| recorded.counter.count(decided));
                Ok(())
            }
        }
    }
}
