//! SQLite's write-ahead log is copied back into the database by a reader, so that no decision waits while the writer does it.

use crate::db::{Database, Engine, unavailable};
use doorward::guard::Unavailable;
use sqlx::Row as _;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(1);

/// How often while much is written: what the writer then finds left to copy takes it a few milliseconds.
const OFTEN: Duration = Duration::from_millis(100);

/// Pages written since the last look that count as much.
const MUCH: i64 = 1024;

/// Copies what stands in the log, again and again for as long as `wanted` says so.
pub(crate) fn keep_short(database: Database, wanted: impl Fn() -> bool + Send + 'static) {
    if database.engine() == Engine::Sqlite {
        tokio::spawn(async move {
            let mut before = 0;
            while wanted() {
                // Whoever cannot copy just now does so the next time; the writer does it where the log gets long.
                let pages = copy(&database).await.unwrap_or(before);
                // A log that got shorter was begun anew.
                let written = if pages < before { pages } else { pages - before };
                before = pages;
                tokio::time::sleep(if written > MUCH { OFTEN } else { EVERY }).await;
            }
        });
    }
}

/// Copies them, and says how many pages the log has.
async fn copy(database: &Database) -> Result<i64, Unavailable> {
    let copied = sqlx::query("pragma main.wal_checkpoint(passive)").fetch_one(database.readers()).await;
    copied.and_then(|row| row.try_get("log")).map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_copies_the_log_learns_how_long_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}?mode=rwc", folder.path().join("database").display());
        let database = Database::open(&address).await.expect("it opens");
        let some = sqlx::raw_sql("create table some_pages (number integer)").execute(database.writer());
        some.await.expect("it is written");
        assert!(copy(&database).await.expect("it is copied") > 0);
    }
}
