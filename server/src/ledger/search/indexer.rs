//! The task that adds the search terms of sealed records to the index.
//!
//! Nothing waits for it: records that are not indexed yet are searched row by row. The index can be
//! deleted and is built again.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer;
use crate::ledger::search::index::{self, Head};
use crate::ledger::search::terms;
use doorward::Clock;
use doorward::guard::Unavailable;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The pause between two looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// The batch size: large enough to be cheap per record, small enough to keep PostgreSQL's
/// transaction short.
const AT_ONCE: u32 = 500;
/// The pause between two transactions, so that other writers get a turn.
const REST: Duration = Duration::from_millis(5);

/// Starts the indexer. It ends when `clock` is dropped.
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

/// Indexes every sealed record. Deletes the index first if it belongs to another ledger. Returns an
/// error if another process is indexing.
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

/// Indexes one batch. Returns whether there may be more.
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
        // They are archived.
        None => Head { indexed: end, last: None },
    };
    index::set_head(&mut source, head.indexed, next).await?;
    source.commit().await?;
    Ok(true)
}
