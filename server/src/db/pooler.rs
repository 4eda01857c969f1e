//! Refuses a pooler that gives each transaction another connection of PostgreSQL, such as PgBouncer with
//! `pool_mode = transaction`.
//!
//! Prepared statements, timeouts and the lock of a migration belong to a connection. Behind such a pooler they land on one
//! that another client uses next.

use crate::db::OpenError;
use sqlx::{AnyConnection, Connection as _, Row as _};

/// Simple queries, which prepare nothing.
const PROCESS: &str = "select pg_backend_pid()";

/// How often it is looked, as other clients of a pooler may hide it.
const LOOKS: usize = 3;

/// Compares which processes of PostgreSQL serve two connections: always the same two, unless there is such a pooler.
///
/// # Errors
/// If a process serves both, or one connection is served by two.
pub(crate) async fn refuse(one: &mut AnyConnection, other: &mut AnyConnection) -> Result<(), OpenError> {
    let first = process(one).await.map_err(OpenError::Connect)?;
    for _ in 0..LOOKS {
        let mut transaction = other.begin().await.map_err(OpenError::Connect)?;
        // The transaction keeps its process: if `one` is served by that one, no further question is needed, and it might wait.
        let held = process(&mut transaction).await.map_err(OpenError::Connect)?;
        if held == first || process(one).await.map_err(OpenError::Connect)? != first {
            return Err(OpenError::TransactionPooler);
        }
        transaction.rollback().await.map_err(OpenError::Connect)?;
    }
    Ok(())
}

async fn process(connection: &mut AnyConnection) -> Result<i32, sqlx::Error> {
    sqlx::raw_sql(PROCESS).fetch_one(connection).await?.try_get(0)
}
