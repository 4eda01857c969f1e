//! The seal: records are put into a Merkle tree (RFC 9162) in one order, and its size and root are signed.
//!
//! A record is durable before its answer; it is sealed within a second of that. From then on it can be neither changed nor
//! taken away, nor another put before it, without the tree telling: see [`verify`].

pub mod archive;
mod key;
pub mod offline;
pub mod outside;
mod segment_file;
pub mod verify;

pub use key::{LogKeyError, open_or_create};
pub use segment_file::{BadSegment, checkpoint_name, name as segment_name};

use crate::store::seals::{self, Head};
use crate::store::{Database, Engine, Source};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{Frontier, root_needs};
use doorward::ledger::{Checkpoint, Hash, Signer};
use doorward::{Clock, Moment, Span};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// How long others go first between two transactions.
const REST: Duration = Duration::from_millis(2);
/// How far back it looks for records each time: hardly one becomes durable later than this.
const RECENT: Span = Span::seconds(20);
/// How often it looks for every record that may still come, which takes as long as there are records of [`seals::LATEST`].
const THOROUGH: Span = Span::minutes(1);

/// Why nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The database did not answer, or another process sealed at the same time.
    #[error("the database did not answer")]
    Unavailable,
    /// The tree in the database is not the one that was signed: nothing is signed on top of it.
    #[error("the sealed ledger is not the one that was signed; run: doorward ledger verify")]
    Forked,
}

impl From<Unavailable> for SealError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Seals for as long as somebody keeps `clock`; each new checkpoint is also written to `outside`, where that is set.
pub fn start(database: Database, signer: Arc<Signer>, clock: &Arc<dyn Clock>, outside: Option<PathBuf>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        // When every record was looked for last.
        let mut looked = None;
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            let sealed = match looked.filter(|then: &Moment| now < then.plus(THOROUGH)) {
                Some(then) => recent(&database, &signer, now, then).await,
                None => all(&database, &signer, now).await.inspect(|_| looked = Some(now)),
            };
            match sealed {
                Ok(None) => {}
                Ok(Some(checkpoint)) => keep_outside(outside.as_deref(), &checkpoint),
                Err(error) => {
                    looked = None;
                    tracing::error!(%error, "the ledger is not sealed");
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Seals every record that is not sealed yet. The new checkpoint, where there was one.
///
/// # Errors
/// Where the database does not answer, or is not the one that was signed.
pub async fn all(database: &Database, signer: &Signer, now: Moment) -> Result<Option<String>, SealError> {
    let from = seals::head(&mut Source::reader(database)).await?.settled();
    from_on(database, signer, from, now).await
}

/// Seals the records of the last seconds, where every one was looked for at `looked`.
async fn recent(
    database: &Database,
    signer: &Signer,
    now: Moment,
    looked: Moment,
) -> Result<Option<String>, SealError> {
    let from = seals::first_at(Moment(now.0.saturating_sub(RECENT.0)));
    from_on(database, signer, from, looked).await
}

/// Seals the records from an id on. No earlier one is left out that is older than `looked`.
async fn from_on(
    database: &Database,
    signer: &Signer,
    mut from: String,
    looked: Moment,
) -> Result<Option<String>, SealError> {
    let mut checkpoint = None;
    loop {
        let step = some(database, signer, &from, looked).await?;
        checkpoint = step.checkpoint.or(checkpoint);
        match step.next {
            Some(next) => from = next,
            None => return Ok(checkpoint),
        }
        tokio::time::sleep(REST).await;
    }
}

/// The newest signed checkpoint; empty where nothing is sealed yet.
///
/// # Errors
/// Where the database does not answer.
pub async fn checkpoint(database: &Database) -> Result<String, SealError> {
    Ok(seals::head(&mut Source::reader(database)).await?.checkpoint)
}

/// Records that one transaction seals: on SQLite few, since every decision waits for it.
const fn at_once(engine: Engine) -> u32 {
    match engine {
        Engine::Sqlite => 100,
        Engine::Postgres => 1000,
    }
}

/// What one transaction did.
struct Step {
    checkpoint: Option<String>,
    /// From which id on more may wait.
    next: Option<String>,
}

/// One transaction: the next records, the tree, the signature. What can be is done before it, so that nobody waits for that.
async fn some(database: &Database, signer: &Signer, from: &str, looked: Moment) -> Result<Step, SealError> {
    let mut reader = Source::reader(database);
    let head = seals::head(&mut reader).await?;
    let most = at_once(database.engine());
    let waiting = seals::unsealed(&mut reader, from, most).await?;
    let Some(last) = waiting.last() else { return Ok(Step { checkpoint: None, next: None }) };
    let mut frontier = frontier(&mut reader, &head, signer).await?;
    drop(reader);
    let hashes = waiting.iter().map(|entry| Hash::of_leaf(&entry.canonical_bytes()));
    let nodes: Vec<_> = hashes.flat_map(|hash| frontier.append(hash)).collect();
    let origin = signer.verifier().name().clone();
    let signed = Checkpoint { origin, size: frontier.size(), root: frontier.root() }.sign(signer);
    let more = waiting.len() == most as usize;
    // The time of the last look stays behind while more may wait.
    let sealed = if more { head.sealed } else { looked.max(head.sealed) };
    let next = Head { size: frontier.size(), sealed, checkpoint: signed.clone() };
    let mut source = Source::writer(database).await?;
    if seals::head(&mut source).await?.size != head.size {
        // Another process was first.
        return Ok(Step { checkpoint: None, next: Some(from.to_owned()) });
    }
    seals::add(&mut source, head.size, &waiting, &nodes).await?;
    seals::set_head(&mut source, head.size, &next).await?;
    source.commit().await?;
    Ok(Step { checkpoint: Some(signed), next: more.then(|| last.id.to_string()) })
}

/// The tree as the database has it, which must be the one that was signed last: never sign on top of another.
async fn frontier(source: &mut Source, head: &Head, signer: &Signer) -> Result<Frontier, SealError> {
    let hashes = seals::nodes(source, root_needs(head.size)).await?;
    let frontier = Frontier::of(head.size, &hashes).map_err(|_| SealError::Forked)?;
    if head.size == 0 {
        return Ok(frontier);
    }
    let signed = Checkpoint::open(&head.checkpoint, signer.verifier()).map_err(|_| SealError::Forked)?;
    let same = signed.size == head.size && signed.root == frontier.root();
    if same { Ok(frontier) } else { Err(SealError::Forked) }
}

/// Replaces the file that holds the newest checkpoint, whole or not at all.
fn keep_outside(path: Option<&Path>, checkpoint: &str) {
    let Some(path) = path else { return };
    let beside = path.with_extension("new");
    let written = std::fs::write(&beside, checkpoint).and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = written {
        tracing::error!(%error, path = %path.display(), "the checkpoint could not be kept outside of the database");
    }
}
