//! Checks the sealed ledger of a database: record by record, and the whole against what was signed.

use crate::store::seals::{self, Sealed};
use crate::store::{Database, Source};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::Frontier;
use doorward::ledger::{BadCheckpoint, Checkpoint, Hash, Verifier};
use futures::stream::{self, StreamExt as _};
use std::ops::Range;

/// Records that are read at a time.
pub(super) const AT_ONCE: usize = 2000;
/// How many times that are read at the same time, each by a connection of its own.
const TOGETHER: usize = 3;

/// What was found wrong first, in a sentence that names the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// A record is not what it was when it was sealed.
    #[error("record {1} at place {0} was changed after it was sealed")]
    Changed(u64, String),
    /// A record is not there any more.
    #[error("record {1} at place {0} was taken away")]
    Gone(u64, String),
    /// A place of the sealed order is missing, with every record after it, or some.
    #[error("place {0} of the sealed order is missing")]
    Gap(u64),
    /// Records stand there that were never sealed.
    #[error("{0} records were added without being sealed")]
    Added(i64),
    /// The tree is not the one that was signed.
    #[error("the first {0} records are not the ones that the checkpoint was signed for")]
    OtherRecords(u64),
    /// There are fewer records than a checkpoint was signed for.
    #[error("the checkpoint was signed for {signed} records, and there are {there}")]
    Truncated {
        /// How many it says.
        signed: u64,
        /// How many there are.
        there: u64,
    },
    /// The checkpoint is not signed by this ledger's key.
    #[error("{0}")]
    Checkpoint(#[from] BadCheckpoint),
}

/// Why a ledger was not found whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Something was tampered with.
    #[error(transparent)]
    Tampering(#[from] Tampering),
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for VerifyError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Collects the root at the sizes for which something was signed, while the tree grows.
pub(super) struct Roots {
    frontier: Frontier,
    signed: Vec<Checkpoint>,
}

impl Roots {
    pub(super) fn new(signed: Vec<Checkpoint>) -> Self {
        Self { frontier: Frontier::new(), signed }
    }

    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Adds a leaf; every checkpoint of the new size must have this root.
    pub(super) fn append(&mut self, leaf: Hash) -> Result<(), Tampering> {
        self.frontier.append(leaf);
        let size = self.frontier.size();
        let mut here = self.signed.iter().filter(|checkpoint| checkpoint.size == size).peekable();
        if here.peek().is_none() {
            return Ok(());
        }
        let root = self.frontier.root();
        if here.all(|checkpoint| checkpoint.root == root) { Ok(()) } else { Err(Tampering::OtherRecords(size)) }
    }

    /// At the end nothing may be signed for more than there is.
    pub(super) fn finish(self) -> Result<u64, Tampering> {
        let there = self.frontier.size();
        match self.signed.iter().map(|checkpoint| checkpoint.size).max() {
            Some(signed) if signed > there => Err(Tampering::Truncated { signed, there }),
            _ => Ok(there),
        }
    }
}

/// Checks every sealed record of `database`, and that the whole is what was signed: by its own head, and by
/// `outside`, a checkpoint that was kept elsewhere. Says now and then how far it is. The number of records.
///
/// # Errors
/// The first thing that is wrong.
pub async fn database(
    database: &Database,
    verifier: &Verifier,
    outside: Option<&str>,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, VerifyError> {
    let mut source = Source::reader(database);
    let head = seals::head(&mut source).await?;
    let signed = [outside, Some(head.checkpoint.as_str()).filter(|_| head.size > 0)];
    let signed = signed.into_iter().flatten().map(|text| Checkpoint::open(text, verifier));
    let signed: Vec<Checkpoint> = signed.collect::<Result<_, _>>().map_err(Tampering::from)?;
    if let Some(own) = signed.iter().find(|own| own.size > head.size) {
        return Err(Tampering::Truncated { signed: own.size, there: head.size }.into());
    }
    let mut roots = Roots::new(signed);
    let parts = stream::iter(parts(head.size)).map(|places| part(database.clone(), places));
    let mut parts = parts.buffered(TOGETHER);
    while let Some(leaves) = parts.next().await {
        for leaf in leaves? {
            roots.append(leaf?)?;
        }
        progress(roots.size(), head.size);
    }
    drop(parts);
    let left_out = seals::left_out(&mut source, &head).await?;
    if left_out > 0 {
        return Err(Tampering::Added(left_out).into());
    }
    Ok(roots.finish()?)
}

/// The places of so many records, cut into parts.
pub(super) fn parts(size: u64) -> impl Iterator<Item = Range<u64>> {
    (0..size).step_by(AT_ONCE).map(move |first| first..size.min(first + AT_ONCE as u64))
}

/// The leaves at these places as they are now, up to the first that is wrong; read and hashed beside other parts.
async fn part(database: Database, places: Range<u64>) -> Result<Vec<Result<Hash, Tampering>>, Unavailable> {
    let read = async move {
        let sealed = seals::walk(&mut Source::reader(&database), places.clone()).await?;
        let there = places.start + sealed.len() as u64;
        let leaves = places.clone().zip(sealed).map(|(place, sealed)| hash_of(sealed, place));
        let missing = (there < places.end).then_some(Err(Tampering::Gap(there)));
        Ok(leaves.chain(missing).collect())
    };
    tokio::spawn(read).await.map_err(|_| Unavailable)?
}

/// The hash of a record as it is now, which must be the one that was sealed.
fn hash_of(sealed: Sealed, expected: u64) -> Result<Hash, Tampering> {
    let Sealed { index, record, there, entry, hash } = sealed;
    if index != expected {
        return Err(Tampering::Gap(expected));
    }
    if !there {
        return Err(Tampering::Gone(index, record));
    }
    let Some(entry) = entry else { return Err(Tampering::Changed(index, record)) };
    let now = Hash::of_leaf(&entry.canonical_bytes());
    if hash == Some(now) { Ok(now) } else { Err(Tampering::Changed(index, record)) }
}
