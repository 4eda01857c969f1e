//! The table `ledger_logs`: the public key of the current log, and the logs that ended before it.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use doorward::Timestamp;
use doorward::guard::Unavailable;
use doorward::ledger::{BadCheckpoint, Checkpoint, Verifier};

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
    /// Its last known checkpoint, signed.
    pub checkpoint: String,
    /// The number of records that the next log began with. Both logs share them.
    pub kept: u64,
}

/// A checkpoint, and which log signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The log that signed it, if that one has ended.
    pub ended: Option<EndedLog>,
}

impl Opened {
    /// Returns whether the current log has all of its records.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.ended.as_ref().is_none_or(|log| self.checkpoint.size <= log.kept)
    }
}

/// Reads a checkpoint that was signed by this key or by a log that ended before. Returns an error
/// if none of them signed it.
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

/// Returns the ended logs, the last one first. An invalid row is left out, so that no checkpoint
/// counts because of it.
pub async fn ended(source: &mut Source) -> Result<Vec<EndedLog>, Unavailable> {
    let rows = source.all(db::query(ENDED)).await?;
    let read = |row: &Row| {
        let verifier = Verifier::parse(row.try_get("public_key")?).map_err(db::broken)?;
        let kept = u64::try_from(row.try_get::<i64>("kept")?).map_err(db::broken)?;
        Ok::<_, sqlx::Error>(EndedLog { verifier, checkpoint: row.try_get("checkpoint")?, kept })
    };
    Ok(rows.iter().filter_map(|row| read(row).ok()).collect())
}

/// Returns the public key of the current log, if it is known.
pub async fn current(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let row = source.optional(db::query(CURRENT)).await?;
    row.map(|row| row.try_get("public_key")).transpose().map_err(unavailable)
}

/// Begins a log with this key. Returns `false` if another process began one at the same time.
pub async fn begin(source: &mut Source, verifier: &Verifier) -> Result<bool, Unavailable> {
    let row = source.optional(db::query(COUNT)).await?.ok_or(Unavailable)?;
    let count: i64 = row.try_get("many").map_err(unavailable)?;
    let statement = db::query(BEGIN).bind(count.saturating_add(1)).bind(verifier.to_string());
    Ok(source.execute(statement).await? == 1)
}

/// Replaces the key of the current log. Only right as long as nothing was signed.
pub async fn replace_key(source: &mut Source, verifier: &Verifier) -> Result<(), Unavailable> {
    source.execute(db::query(REPLACE).bind(verifier.to_string())).await.map(|_| ())
}

/// Ends the current log with its last checkpoint. The next log begins with `kept` records.
pub async fn end(source: &mut Source, checkpoint: &str, kept: u64, now: Timestamp) -> Result<(), Unavailable> {
    let kept = i64::try_from(kept).unwrap_or(i64::MAX);
    let statement = db::query(END).bind(checkpoint.to_owned()).bind(kept).bind(now.0);
    source.execute(statement).await.map(|_| ())
}
