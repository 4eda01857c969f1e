//! The seal: records become leaves of a Merkle tree (RFC 9162) in one order, and the tree's size
//! and root are signed.
//!
//! A record is durable before its answer and sealed within a second. From then on, changing,
//! removing or inserting a record is detected: see [`verify`].

pub mod archive;
mod kept;
mod key;
mod lines;
pub mod logs;
pub mod offline;
pub mod outside;
pub mod restart;
mod segment_file;
pub mod segments;
pub mod sql;
mod task;
pub mod verify;

pub use kept::{KeptCheckpoints, read_text};
pub use key::{LogKeyError, open_log, read_key};
pub use segment_file::{BadSegment, checkpoint_name, name as segment_name};
pub use task::{Sealer, start};

use crate::db::transaction::Source;
use crate::db::{Database, Engine};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{Frontier, root_needs};
use doorward::ledger::{Checkpoint, Hash, Signer};
use doorward::{TimeSpan, Timestamp};
use kept::Marks;
use sql::Head;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

/// The pause between two transactions, so that other writers get a turn.
const REST: Duration = Duration::from_millis(2);
/// How far back each look goes. Records hardly ever become durable later than this.
const RECENT: TimeSpan = TimeSpan::seconds(20);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The database did not answer, or another process sealed at the same time.
    #[error("the database did not answer")]
    Unavailable,
    /// The tree in the database is not the one that was signed: nothing is signed on top of it.
    #[error("the sealed ledger is not the one that was signed; run: doorward ledger verify")]
    Forked,
    #[error(
        "the ledger was rolled back: by {file} {signed} records were signed, and the database has {there}; nothing is \
         signed. After an honest restore from a backup run: doorward ledger restart"
    )]
    RolledBack {
        /// The file that holds the checkpoint.
        file: PathBuf,
        /// For how many records it was signed.
        signed: u64,
        /// How many are sealed in the database.
        there: u64,
    },
    #[error(
        "the ledger has another history: its first {signed} records are not those that the checkpoint in {file} was \
         signed for; nothing is signed. Run: doorward ledger verify --checkpoint {file}"
    )]
    OtherHistory {
        /// The file that holds the checkpoint.
        file: PathBuf,
        /// For how many records it was signed.
        signed: u64,
    },
    /// A file that should hold a checkpoint of this ledger holds something else.
    #[error("{0} holds something else than a checkpoint of this ledger; it is not replaced, and nothing is signed")]
    NotOurs(PathBuf),
    #[error("{0} cannot be compared ({1}), so nothing is signed")]
    Unreadable(PathBuf, ErrorKind),
}

impl SealError {
    /// Returns the name of the incident if the error is about another history. The same fork has
    /// the same name.
    #[must_use]
    pub fn fork(&self) -> Option<String> {
        match self {
            Self::Forked => Some("ledger".to_owned()),
            Self::RolledBack { signed, .. } | Self::OtherHistory { signed, .. } => Some(format!("ledger:{signed}")),
            Self::Unavailable | Self::NotOurs(_) | Self::Unreadable(..) => None,
        }
    }
}

impl From<Unavailable> for SealError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Seals every unsealed record. Returns the new checkpoint, if there is one. Returns an error if
/// the tree is not the one that was signed, by its own checkpoint or by those in `kept`.
pub async fn all(
    database: &Database,
    signer: &Signer,
    kept: &KeptCheckpoints,
    now: Timestamp,
) -> Result<Option<String>, SealError> {
    let from = sql::head(&mut Source::reader(database)).await?.settled();
    from_on(database, signer, kept, from, now).await
}

/// Seals the records of the last seconds. Records of any age were looked for at `looked`.
async fn recent(
    database: &Database,
    signer: &Signer,
    kept: &KeptCheckpoints,
    now: Timestamp,
    looked: Timestamp,
) -> Result<Option<String>, SealError> {
    let from = sql::first_at(Timestamp(now.0.saturating_sub(RECENT.0)));
    from_on(database, signer, kept, from, looked).await
}

/// Seals the records from an id on. Earlier records that are older than `looked` are sealed
/// already.
async fn from_on(
    database: &Database,
    signer: &Signer,
    kept: &KeptCheckpoints,
    mut from: String,
    looked: Timestamp,
) -> Result<Option<String>, SealError> {
    let mut marks = kept.read(&mut Source::reader(database), signer.verifier()).await?;
    let mut checkpoint = None;
    loop {
        let step = some(database, signer, &mut marks, &from, looked).await?;
        checkpoint = step.checkpoint.or(checkpoint);
        match step.next {
            Some(next) => from = next,
            None => {
                marks.replace(checkpoint.clone().unwrap_or(step.newest)).await;
                return Ok(checkpoint);
            }
        }
        tokio::time::sleep(REST).await;
    }
}

/// Returns the newest signed checkpoint, or an empty text if nothing is sealed yet.
pub async fn checkpoint(database: &Database) -> Result<String, SealError> {
    Ok(sql::head(&mut Source::reader(database)).await?.checkpoint)
}

/// The batch size. On SQLite it is small, because every decision waits for the transaction.
const fn at_once(engine: Engine) -> u32 {
    match engine {
        Engine::Sqlite => 100,
        Engine::Postgres => 1000,
    }
}

/// The result of one transaction.
struct Step {
    checkpoint: Option<String>,
    /// The checkpoint before it.
    newest: String,
    /// The id from which more records may wait.
    next: Option<String>,
}

/// Seals the next records in one transaction. Reading and hashing happen before it, to keep it
/// short.
async fn some(
    database: &Database,
    signer: &Signer,
    marks: &mut Marks,
    from: &str,
    looked: Timestamp,
) -> Result<Step, SealError> {
    // One snapshot, because another process may seal or archive meanwhile.
    let mut reader = Source::snapshot(database).await?;
    let head = sql::head(&mut reader).await?;
    let most = at_once(database.engine());
    let waiting = sql::unsealed(&mut reader, from, most).await?;
    let step = |checkpoint, next| Step { checkpoint, newest: head.checkpoint.clone(), next };
    if waiting.is_empty() && !marks.differ(&head) {
        return Ok(step(None, None));
    }
    let mut frontier = frontier(&mut reader, &head, signer).await?;
    marks.compare(&mut reader, &frontier).await?;
    drop(reader);
    let Some(last) = waiting.last() else { return Ok(step(None, None)) };
    let hashes = waiting.iter().map(|entry| Hash::of_leaf(&entry.canonical_bytes()));
    let nodes: Vec<_> = hashes.flat_map(|hash| frontier.append(hash)).collect();
    let origin = signer.verifier().name().clone();
    let tree = Checkpoint { origin, size: frontier.size(), root: frontier.root() };
    let signed = tree.sign(signer);
    let more = waiting.len() == most as usize;
    // Not all records were looked at yet.
    let sealed = if more { head.sealed } else { looked.max(head.sealed) };
    let next = Head { size: frontier.size(), sealed, checkpoint: signed.clone() };
    let mut source = Source::writer(database).await?;
    let now = sql::head(&mut source).await?;
    if (now.size, &now.checkpoint) != (head.size, &head.checkpoint) {
        // Another process was faster.
        return Ok(step(None, Some(from.to_owned())));
    }
    sql::add(&mut source, head.size, &waiting, &nodes).await?;
    sql::set_head(&mut source, head.size, &next).await?;
    source.commit().await?;
    marks.signed(tree);
    Ok(step(Some(signed), more.then(|| last.id.to_string())))
}

/// Returns the database's tree. Returns an error if it is not the one that was signed last: nothing
/// is signed on top of another tree.
async fn frontier(source: &mut Source, head: &Head, signer: &Signer) -> Result<Frontier, SealError> {
    let hashes = sql::nodes(source, root_needs(head.size)).await?;
    let frontier = Frontier::of(head.size, &hashes).map_err(|_| SealError::Forked)?;
    if head.size == 0 {
        return Ok(frontier);
    }
    let signed = Checkpoint::open(&head.checkpoint, signer.verifier()).map_err(|_| SealError::Forked)?;
    let same = signed.size == head.size && signed.root == frontier.root();
    if same { Ok(frontier) } else { Err(SealError::Forked) }
}
