//! The table `ledger_logs`: the public key of the log that is signed now, and the logs that ended before it.

use crate::db::transaction::Source;
use crate::db::unavailable;
use crate::sessions;
use doorward::Timestamp;
use doorward::guard::Unavailable;
use doorward::ledger::{BadCheckpoint, Checkpoint, Verifier};
use sqlx::Row;
use sqlx::any::AnyRow;

const ENDED: &str =
    "select public_key, checkpoint, kept from ledger_logs where ended_at is not null order by number desc";
const CURRENT: &str = "select public_key from ledger_logs where ended_at is null";
const COUNT: &str = "select count(*) as many from ledger_logs";
const BEGIN: &str = "insert into ledger_logs (number, public_key, checkpoint, kept, ended_at) \
     values ($1, $2, '', 0, null) on conflict (number) do nothing";
const REPLACE: &str = "update ledger_logs set public_key = $1 where ended_at is null";
const END: &str = "update ledger_logs set checkpoint = $1, kept = $2, ended_at = $3 where ended_at is null";

/// A log that ended when the ledger was restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedLog {
    /// Its public key.
    pub verifier: Verifier,
    /// The last checkpoint that is known of it, signed.
    pub checkpoint: String,
    /// How many records the next log began with. The first so many records of both logs are the same.
    pub kept: u64,
}

/// A checkpoint, and whether its records are all in the log that is signed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The log that signed it, if that one has ended.
    pub ended: Option<EndedLog>,
}

impl Opened {
    /// Whether the log that is signed now has all of its records.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.ended.as_ref().is_none_or(|log| self.checkpoint.size <= log.kept)
    }
}

/// Reads a checkpoint of the log of this key, or of one that ended before.
///
/// # Errors
/// If none of them signed it.
pub fn open(text: &str, verifier: &Verifier, ended: &[EndedLog]) -> Result<Opened, BadCheckpoint> {
    let own = match Checkpoint::open(text, verifier) {
        Ok(checkpoint) => return Ok(Opened { checkpoint, ended: None }),
        Err(error) => error,
    };
    let before = ended.iter().find_map(|log| {
        let checkpoint = Checkpoint::open(text, &log.verifier).ok()?;
        Some(Opened { checkpoint, ended: Some(log.clone()) })
    });
    before.ok_or(own)
}

/// The logs that ended, the last one first. A row that cannot be read is left out: it makes no checkpoint count.
///
/// # Errors
/// Where the database does not answer.
pub async fn ended(source: &mut Source) -> Result<Vec<EndedLog>, Unavailable> {
    let rows = source.all(sqlx::query(ENDED)).await?;
    let read = |row: &AnyRow| {
        let verifier = Verifier::parse(row.try_get("public_key")?).map_err(sessions::sql::broken)?;
        let kept = u64::try_from(row.try_get::<i64, _>("kept")?).map_err(sessions::sql::broken)?;
        Ok::<_, sqlx::Error>(EndedLog { verifier, checkpoint: row.try_get("checkpoint")?, kept })
    };
    Ok(rows.iter().filter_map(|row| read(row).ok()).collect())
}

/// The public key of the log that is signed now, if it is known.
///
/// # Errors
/// Where the database does not answer.
pub async fn current(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let row = source.optional(sqlx::query(CURRENT)).await?;
    row.map(|row| row.try_get("public_key")).transpose().map_err(unavailable)
}

/// Begins a log that is signed by this key. False if another process began one at the same time.
///
/// # Errors
/// Where the database does not answer.
pub async fn begin(source: &mut Source, verifier: &Verifier) -> Result<bool, Unavailable> {
    let row = source.optional(sqlx::query(COUNT)).await?.ok_or(Unavailable)?;
    let count: i64 = row.try_get("many").map_err(unavailable)?;
    let statement = sqlx::query(BEGIN).bind(count.saturating_add(1)).bind(verifier.to_string());
    Ok(source.execute(statement).await? == 1)
}

/// Gives the log that is signed now another key, which is right only as long as nothing was signed.
///
/// # Errors
/// Where the database does not answer.
pub async fn replace_key(source: &mut Source, verifier: &Verifier) -> Result<(), Unavailable> {
    source.execute(sqlx::query(REPLACE).bind(verifier.to_string())).await.map(|_| ())
}

/// Ends the log that is signed now: with the last checkpoint of it, where the next one begins with `kept` records.
///
/// # Errors
/// Where the database does not answer.
pub async fn end(source: &mut Source, checkpoint: &str, kept: u64, now: Timestamp) -> Result<(), Unavailable> {
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    let statement = sqlx::query(END).bind(checkpoint.to_owned()).bind(kept).bind(now.0);
    source.execute(statement).await.map(|_| ())
}
