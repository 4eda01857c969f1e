//! The table `deployment`: the epoch that every session belongs to.

use crate::db::Engine;
use crate::db::transaction::Source;
use doorward::guard::Unavailable;

/// Whoever decides in a transaction shares this lock, and whoever ends everything holds it alone. PostgreSQL serves such locks
/// in the order in which they were asked for; a lock on the row itself lets new readers in ahead of a writer that waits.
const SHARED: &str = "select cast(pg_advisory_xact_lock_shared(6836479) as text)";
const ALONE: &str = "select cast(pg_advisory_xact_lock(6836479) as text)";

/// One deployment alone raises it, however many of its processes start at once.
const RAISE: &str = "update deployment set epoch = epoch + 1, release = $1 where release < $1";

/// Has whoever would end everything wait until this transaction ends. SQLite has one writer anyway.
///
/// # Errors
/// If the database does not answer.
pub(crate) async fn share(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, SHARED).await
}

/// Waits until nobody decides any more, and has everybody else wait.
///
/// # Errors
/// If the database does not answer.
pub(crate) async fn hold_alone(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, ALONE).await
}

async fn lock(source: &mut Source, statement: &'static str) -> Result<(), Unavailable> {
    match source {
        Source::Writer(Engine::Postgres, ..) => source.optional(sqlx::query(statement)).await.map(|_| ()),
        Source::Writer(Engine::Sqlite, ..) | Source::Reader(_) => Ok(()),
    }
}

/// Ends every session of earlier releases, where `release` is higher than any before. True where it was.
///
/// # Errors
/// Where the database does not answer.
pub async fn raise(source: &mut Source, release: u32) -> Result<bool, Unavailable> {
    hold_alone(source).await?;
    source.execute(sqlx::query(RAISE).bind(i64::from(release))).await.map(|rows| rows == 1)
}
