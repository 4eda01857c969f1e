//! Pools, connections and transactions of one of the engines.

use crate::db::driver::{Row, Statement};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, PgTransaction, Postgres, Sqlite, SqliteConnection, SqlitePool, SqliteTransaction};

/// A pool of connections.
#[derive(Clone, Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// Waits for a free connection.
    pub(crate) async fn acquire(&self) -> Result<Pooled, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => pool.acquire().await.map(Pooled::Sqlite),
            Self::Postgres(pool) => pool.acquire().await.map(Pooled::Postgres),
        }
    }

    /// Begins a transaction by the engine's usual statement.
    pub(crate) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => pool.begin().await.map(Transaction::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Transaction::Postgres),
        }
    }

    /// Begins a transaction by this statement.
    pub(crate) async fn begin_with(&self, statement: &'static str) -> Result<Transaction, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => pool.begin_with(statement).await.map(Transaction::Sqlite),
            Self::Postgres(pool) => pool.begin_with(statement).await.map(Transaction::Postgres),
        }
    }

    /// Runs one statement, as a transaction of its own, and returns how many rows it changed.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, sqlx::Error> {
        statement.execute(&mut self.acquire().await?).await
    }

    /// Runs one statement, as a transaction of its own, and returns one row, or `None`.
    pub(crate) async fn optional(&self, statement: Statement) -> Result<Option<Row>, sqlx::Error> {
        statement.optional(&mut self.acquire().await?).await
    }

    /// Closes every connection after its current statement.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection taken from a pool. Dropping it returns it.
pub(crate) enum Pooled {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A transaction. Dropping it rolls it back.
pub enum Transaction {
    Sqlite(SqliteTransaction<'static>),
    Postgres(PgTransaction<'static>),
}

impl Transaction {
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}

/// What a statement runs on.
pub(crate) enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl<'a> From<&'a mut Pooled> for Connection<'a> {
    fn from(pooled: &'a mut Pooled) -> Self {
        match pooled {
            Pooled::Sqlite(connection) => Self::Sqlite(connection),
            Pooled::Postgres(connection) => Self::Postgres(connection),
        }
    }
}

impl<'a> From<&'a mut Transaction> for Connection<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        match transaction {
            Transaction::Sqlite(transaction) => Self::Sqlite(transaction),
            Transaction::Postgres(transaction) => Self::Postgres(transaction),
        }
    }
}
