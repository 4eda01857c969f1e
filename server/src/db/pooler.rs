//! Refuses a connection pooler that gives each transaction a different PostgreSQL connection, such
//! as PgBouncer with `pool_mode = transaction`.
//!
//! Prepared statements, timeouts and the migration lock belong to a connection. Behind such a
//! pooler they end up on one that another client uses next.

use crate::db::OpenError;
use sqlx::{Connection as _, PgConnection, Row as _};

/// Simple queries, because they prepare no statement.
const PROCESS: &str = "select pg_backend_pid()";

/// How often to check. Other clients of the pooler can hide it in a single check.
const LOOKS: usize = 3;

/// Compares which PostgreSQL processes serve the two connections. Without such a pooler each
/// connection keeps its own process.
///
/// # Errors
/// Returns an error if one process serves both connections, or if several serve one.
pub(crate) async fn refuse(one: &mut PgConnection, other: &mut PgConnection) -> Result<(), OpenError> {
    let first = process(one).await.map_err(OpenError::Connect)?;
    for _ in 0..LOOKS {
        let mut transaction = other.begin().await.map_err(OpenError::Connect)?;
        // The open transaction keeps its process. If that process also serves `one`, the answer is
        // clear, and asking `one` again could block.
        let second = process(&mut transaction).await.map_err(OpenError::Connect)?;
        if second == first || process(one).await.map_err(OpenError::Connect)? != first {
            return Err(OpenError::TransactionPooler);
        }
        transaction.rollback().await.map_err(OpenError::Connect)?;
    }
    Ok(())
}

async fn process(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::raw_sql(PROCESS).fetch_one(connection).await?.try_get(0)
}
