//! The table `deployment`: the epoch that every session belongs to.

use crate::db::transaction::Source;
use crate::db::{self, Engine};
use doorward::guard::Unavailable;

/// Deciding transactions share this lock, and ending all sessions takes it exclusively. PostgreSQL
/// grants advisory locks in the order of requests. With a row lock, new readers would get ahead of
/// a waiting writer.
const SHARED: &str = "select cast(pg_advisory_xact_lock_shared(6836479) as text)";
const ALONE: &str = "select cast(pg_advisory_xact_lock(6836479) as text)";

/// Raises the epoch once per release, however many processes start at the same time.
const RAISE: &str = "update deployment set epoch = epoch + 1, release = $1 where release < $1";

/// Ends every session that there is.
const END_ALL: &str = "update deployment set epoch = epoch + 1";

/// Makes a revocation of all sessions wait until this transaction ends. SQLite has a single writer
/// anyway.
pub(crate) async fn share(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, SHARED).await
}

/// Waits for deciding transactions to end, and makes new ones wait.
pub(crate) async fn hold_alone(source: &mut Source) -> Result<(), Unavailable> {
    lock(source, ALONE).await
}

async fn lock(source: &mut Source, statement: &'static str) -> Result<(), Unavailable> {
    match source {
        Source::Writer(Engine::Postgres, ..) => source.optional(db::query(statement)).await.map(|_| ()),
        Source::Writer(Engine::Sqlite, ..) | Source::Reader(_) => Ok(()),
    }
}

/// Ends every session of a database that nobody uses yet.
pub async fn end_all(source: &mut Source) -> Result<(), Unavailable> {
    source.execute(db::query(END_ALL)).await.map(|_| ())
}

/// Ends every session of earlier releases if `release` is higher than any before. Returns whether
/// it was.
pub async fn raise(source: &mut Source, release: u32) -> Result<bool, Unavailable> {
    hold_alone(source).await?;
    source.execute(db::query(RAISE).bind(i64::from(release))).await.map(|rows| rows == 1)
}
