//! Keeps the words of sealed records, for the ledger's search.
//!
//! Nothing waits for it: what is not kept yet is searched row by row. What it keeps can be thrown away and made again.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer;
use crate::ledger::search::index::{self, Head};
use crate::ledger::search::terms;
use doorward::Clock;
use doorward::guard::Unavailable;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// Records of one transaction: of so many that each costs little, and of so few that PostgreSQL's is short.
const AT_ONCE: u32 = 500;
/// How long others go first between two transactions.
const REST: Duration = Duration::from_millis(5);

/// Keeps them for as long as somebody keeps `clock`.
pub fn start(database: Database, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while Weak::upgrade(&clock).is_some() {
            if let Err(error) = all(&database).await {
                tracing::error!(%error, "the words of new records are not kept yet");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Keeps the words of every sealed record; those of another ledger are thrown away before.
///
/// # Errors
/// Where the database does not answer, or another process did the same at the same time.
pub async fn all(database: &Database) -> Result<(), Unavailable> {
    let mut reader = Source::reader(database);
    let head = index::head(&mut reader).await?;
    let fits = index::fits(&mut reader, &head).await?;
    drop(reader);
    if !fits {
        tracing::warn!("the words of records are of another ledger, and are made anew");
        let mut source = Source::words(database).await?;
        terms::remove_all(&mut source).await?;
        index::set_head(&mut source, head.indexed, Head::NONE).await?;
        source.commit().await?;
    }
    while some(database).await? {
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// One transaction; whether more may wait.
async fn some(database: &Database) -> Result<bool, Unavailable> {
    let mut reader = Source::reader(database);
    let end = i64::try_from(sealer::sql::head(&mut reader).await?.size).unwrap_or(i64::MAX);
    let head = index::head(&mut reader).await?;
    if head.indexed >= end {
        return Ok(false);
    }
    let records = index::next(&mut reader, head.indexed, end, AT_ONCE).await?;
    drop(reader);
    let mut source = Source::words(database).await?;
    terms::add(&mut source, &records).await?;
    let next = match records.last() {
        Some((place, record)) => Head { indexed: place + 1, last: Some(record.id) },
        // They have left the database.
        None => Head { indexed: end, last: None },
    };
    index::set_head(&mut source, head.indexed, next).await?;
    source.commit().await?;
    Ok(true)
}
