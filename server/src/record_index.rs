//! Keeps the words and the counts of sealed records, for the ledger's search and its charts.
//!
//! Nothing waits for it: what is not kept yet is searched row by row. What it keeps can be thrown away and made again.

use crate::store::record_index::{self, Head};
use crate::store::{Database, Source, seals};
use doorward::Clock;
use doorward::guard::Unavailable;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// Records of one transaction, so that nobody waits long for it.
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

/// Keeps the words and counts of every sealed record.
///
/// # Errors
/// Where the database does not answer, or another process did the same at the same time.
pub async fn all(database: &Database) -> Result<(), Unavailable> {
    while some(database).await? {
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// One transaction; whether more may wait.
async fn some(database: &Database) -> Result<bool, Unavailable> {
    let mut reader = Source::reader(database);
    let sealed = seals::head(&mut reader).await?;
    let end = i64::try_from(sealed.size).unwrap_or(i64::MAX);
    let head = record_index::head(&mut reader).await?;
    if head.indexed >= end {
        return Ok(false);
    }
    let records = record_index::next(&mut reader, head.indexed, end, AT_ONCE).await?;
    drop(reader);
    let more = records.len() == AT_ONCE as usize;
    let mut source = Source::writer(database).await?;
    record_index::keep(&mut source, &records).await?;
    let next = match records.last() {
        Some((place, _)) if more => Head { indexed: place + 1, caught_up: head.caught_up },
        _ => Head { indexed: end, caught_up: sealed.sealed },
    };
    record_index::set_head(&mut source, head.indexed, next).await?;
    source.commit().await?;
    Ok(more)
}
