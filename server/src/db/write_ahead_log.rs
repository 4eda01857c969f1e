//! Copies SQLite's write-ahead log back into the database from a reader, so that no decision waits
//! while the writer does it.

use crate::db::{Database, Engine, query, unavailable};
use doorward::guard::Unavailable;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(1);

/// The interval while many pages are written. Whatever the writer still has to copy then takes it
/// only a few milliseconds.
const OFTEN: Duration = Duration::from_millis(100);

/// The number of pages written since the last check that counts as many.
const MUCH: i64 = 1024;

/// Checkpoints the log periodically for as long as `wanted` returns true.
pub(crate) fn keep_short(database: Database, wanted: impl Fn() -> bool + Send + 'static) {
    if database.engine() == Engine::Sqlite {
        tokio::spawn(async move {
            let mut before = 0;
            while wanted() {
                // If the copy fails now, the next round tries again. If the log grows too long, the
                // writer copies it.
                let pages = copy(&database).await.unwrap_or(before);
                // A shorter log means that SQLite started it again from the beginning.
                let written = if pages < before { pages } else { pages - before };
                before = pages;
                tokio::time::sleep(if written > MUCH { OFTEN } else { EVERY }).await;
            }
        });
    }
}

/// Checkpoints the log and returns its length in pages.
async fn copy(database: &Database) -> Result<i64, Unavailable> {
    let row = database.readers().optional(query("pragma main.wal_checkpoint(passive)")).await.map_err(unavailable)?;
    row.ok_or(Unavailable)?.try_get("log").map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_copies_the_log_learns_how_long_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}?mode=rwc", folder.path().join("database").display());
        let database = Database::open(&address).await.expect("it opens");
        let created = database.writer().execute(query("create table some_pages (number integer)"));
        created.await.expect("it is written");
        assert!(copy(&database).await.expect("it is copied") > 0);
    }
}
