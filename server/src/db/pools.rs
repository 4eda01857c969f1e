//! Connection pools, and the set-up of each connection.

use crate::db::Patience;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, SqliteConnection};

/// The write-ahead log may grow long before the writer copies it, so that a reader does nearly all
/// of that work; see `write_ahead_log`. The cache keeps the pages that records are added to.
pub(super) const WRITER: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; \
     pragma cache_size = -65536; pragma wal_autocheckpoint = 65536";
/// The most that SQLite maps. With a million sessions, reading unmapped pages costs a third of a
/// look-up.
pub(super) const READER: &str = "pragma query_only = on; pragma mmap_size = 2147418112";
/// Weaker durability is enough: search terms lost in a crash are rebuilt.
pub(super) const WORDS: &str = "pragma words.journal_mode = wal; pragma words.synchronous = normal";

/// Migrations have a separate connection without a short timeout, because a migration, or waiting
/// for another process's, may take long.
const SQLITE_MIGRATIONS: &str =
    "pragma busy_timeout = 3600000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on";
/// Overrides timeouts that the role or the database sets by default.
pub(super) const POSTGRES_MIGRATIONS: &str = "set lock_timeout = 0; set statement_timeout = 0; \
     set idle_in_transaction_session_timeout = 0; set jit = off";

/// Opens a connection that belongs to no pool.
pub(super) async fn connect_sqlite(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(SQLITE_MIGRATIONS).execute(&mut connection).await?;
    Ok(connection)
}

/// Like [`connect_sqlite`], with a set-up of the caller's.
pub(super) async fn connect_postgres(options: &PgConnectOptions, set_up: String) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(set_up)).execute(&mut connection).await?;
    Ok(connection)
}

pub(super) fn sqlite_pool(connections: u32, set_up: String, patience: Patience) -> SqlitePoolOptions {
    // SQLite runs in this process, so testing a connection before each use only costs time.
    let options = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience.connection)
        .test_before_acquire(false);
    options.after_connect(move |connection, _| {
        let set_up = AssertSqlSafe(set_up.clone());
        Box::pin(async move { sqlx::raw_sql(set_up).execute(&mut *connection).await.map(|_| ()) })
    })
}

/// Discards a connection after a write found the disk full. SQLite ends the transaction by itself
/// then, but sqlx still counts it as open and can begin no other on that connection.
pub(super) fn without_a_broken_transaction(options: SqlitePoolOptions) -> SqlitePoolOptions {
    options.before_acquire(|connection, _| {
        let is_whole = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_whole) })
    })
}

pub(super) fn postgres_pool(connections: u32, patience: Patience) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(connections).acquire_timeout(patience.connection);
    let options = options.after_connect(move |connection, _| {
        let set_up = AssertSqlSafe(patience.postgres());
        Box::pin(async move { sqlx::raw_sql(set_up).execute(&mut *connection).await.map(|_| ()) })
    });
    without_read_only_connections(options)
}

/// Discards connections that lead to a read-only replica after a failover, so that a new connection
/// finds the primary. The same query shows whether the connection is alive, in place of sqlx's
/// ping.
fn without_read_only_connections(options: PgPoolOptions) -> PgPoolOptions {
    const READ_ONLY: &str = "select current_setting('transaction_read_only')";
    options.test_before_acquire(false).before_acquire(|connection, _| {
        Box::pin(async move {
            let read_only: String = sqlx::query_scalar(READ_ONLY).fetch_one(&mut *connection).await?;
            Ok(read_only == "off")
        })
    })
}
