//! SQLite's write-ahead log is copied back into the database by a reader, so that no decision waits while the writer does it.

use super::{Database, Engine, unavailable};
use doorward::guard::Unavailable;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(1);

/// Copies what stands in the log, once a second, for as long as `wanted` says so.
pub(super) fn keep_short(database: Database, wanted: impl Fn() -> bool + Send + 'static) {
    if database.engine() == Engine::Sqlite {
        tokio::spawn(async move {
            while wanted() {
                // Whoever cannot copy just now does so in the next second; the writer does it where the log gets long.
                let _ = copy(&database).await;
                tokio::time::sleep(EVERY).await;
            }
        });
    }
}

async fn copy(database: &Database) -> Result<(), Unavailable> {
    let copied = sqlx::raw_sql("pragma wal_checkpoint(passive)").execute(database.readers()).await;
    copied.map(|_| ()).map_err(unavailable)
}
