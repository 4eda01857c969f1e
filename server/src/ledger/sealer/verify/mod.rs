//! Checks the sealed ledger of a database: record by record, and the whole against what was signed.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::logs::{self, EndedLog};
use crate::ledger::sealer::segment_file::{self, BadSegment};
use crate::ledger::sealer::segments::{self, Segment};
use crate::ledger::sealer::sql::{self, Head, Sealed};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{Frontier, Node};
use doorward::ledger::{AuditEntry, BadCheckpoint, Checkpoint, Hash, Verifier};
use futures::stream::{self, StreamExt as _};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use tokio::task::spawn_blocking;

/// Records that are read at a time.
pub(crate) const AT_ONCE: usize = 2000;
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
    /// The database's own checkpoint was signed for fewer records than it says that there are.
    #[error("the database's own checkpoint was signed for {signed} records, and it says that there are {there}")]
    NotSigned {
        /// How many were signed.
        signed: u64,
        /// How many it says.
        there: u64,
    },
    /// The checkpoint is not signed by this ledger's key.
    #[error("{0}")]
    Checkpoint(#[from] BadCheckpoint),
    /// The rows about archived segments do not follow each other, or not as segments are cut.
    #[error("what the database says of archived segments cannot be, from place {0} on")]
    Segments(u64),
    /// Records of an archived segment are still there, though they are said to be removed.
    #[error("{0} records are in the database that are said to have left it")]
    LeftBehind(u64),
    /// An archived segment is not the one that left the database.
    #[error("the archived segment {0} {1}")]
    Segment(String, BadSegment),
}

/// Why a ledger was not found whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Something was tampered with.
    #[error(transparent)]
    Tampering(#[from] Tampering),
    /// A checkpoint was signed for a part of an archived segment, so that its hash alone does not tell.
    #[error("the checkpoint for {0} records is within an archived segment; name the archive's folder with --archive")]
    NeedsArchive(u64),
    /// A checkpoint was signed by a log that ended, for records that the log which followed it does not have.
    #[error(
        "the checkpoint was signed for {signed} records by a log that ended; the log after it began with {kept} of them, \
         and has none of the others"
    )]
    Restarted {
        /// For how many it was signed.
        signed: u64,
        /// How many the next log began with.
        kept: u64,
    },
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for VerifyError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What was found whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Sealed records in all.
    pub records: u64,
    /// Those of them that left the database.
    pub archived: u64,
    /// In so many segments.
    pub segments: usize,
}

/// Collects the root at the sizes for which something was signed, while the tree grows.
pub(crate) struct Roots {
    frontier: Frontier,
    signed: BTreeMap<u64, Vec<Hash>>,
}

impl Roots {
    /// No record yet, and these checkpoints to come.
    pub(crate) fn new(signed: Vec<Checkpoint>) -> Result<Self, Tampering> {
        let mut roots = Self { frontier: Frontier::new(), signed: BTreeMap::new() };
        for checkpoint in signed {
            roots.signed.entry(checkpoint.size).or_default().push(checkpoint.root);
        }
        roots.compare().map(|()| roots)
    }

    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Adds a leaf; every checkpoint of the new size must have this root.
    pub(crate) fn append(&mut self, leaf: Hash) -> Result<(), Tampering> {
        self.frontier.append(leaf);
        self.compare()
    }

    /// Adds a segment by its hash alone.
    fn append_segment(&mut self, places: &Range<u64>, hash: Hash) -> Result<(), VerifyError> {
        if let Some((size, _)) = self.signed.range(places.start + 1..places.end).next() {
            return Err(VerifyError::NeedsArchive(*size));
        }
        let level = level(places).ok_or(Tampering::Segments(places.start))?;
        self.frontier.append_subtree(level, hash).map_err(|_| Tampering::Segments(places.start))?;
        Ok(self.compare()?)
    }

    fn compare(&self) -> Result<(), Tampering> {
        let size = self.frontier.size();
        let Some(signed) = self.signed.get(&size) else { return Ok(()) };
        let root = self.frontier.root();
        if signed.iter().all(|signed| *signed == root) { Ok(()) } else { Err(Tampering::OtherRecords(size)) }
    }

    /// At the end nothing may be signed for more than there is.
    pub(crate) fn finish(self) -> Result<u64, Tampering> {
        let there = self.frontier.size();
        match self.signed.last_key_value() {
            Some((signed, _)) if *signed > there => Err(Tampering::Truncated { signed: *signed, there }),
            _ => Ok(there),
        }
    }
}

/// Checks every sealed record of `database` as [`with_archive`] does; what left it is taken by its hash.
///
/// # Errors
/// The first thing that is wrong.
pub async fn database(
    database: &Database,
    verifier: &Verifier,
    outside: Option<&str>,
    progress: impl FnMut(u64, u64),
) -> Result<u64, VerifyError> {
    with_archive(database, verifier, outside, None, progress).await.map(|whole| whole.records)
}

/// Checks every sealed record of `database`, and that the whole is what was signed: by its own head, and by
/// `outside`, a checkpoint that was kept elsewhere. Records that left it are read from the files in `archive`; without
/// that folder they are taken by the hash of their segment. Says now and then how far it is.
///
/// # Errors
/// The first thing that is wrong.
pub async fn with_archive(
    database: &Database,
    verifier: &Verifier,
    outside: Option<&str>,
    archive: Option<&Path>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Whole, VerifyError> {
    loop {
        let mut source = Source::reader(database);
        let gone = segments::all(&mut source).await?;
        let check = Check { database, verifier, archive, gone: &gone };
        let found = check.all(&mut source, outside, &mut progress).await;
        // Records that left meanwhile were looked for in vain.
        if matches!(found, Err(VerifyError::Tampering(_))) && segments::all(&mut source).await? != gone {
            continue;
        }
        return found;
    }
}

/// One check of a database.
struct Check<'a> {
    database: &'a Database,
    verifier: &'a Verifier,
    archive: Option<&'a Path>,
    gone: &'a [Segment],
}

impl Check<'_> {
    async fn all(
        &self,
        source: &mut Source,
        outside: Option<&str>,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Whole, VerifyError> {
        let head = sql::head(source).await?;
        let own = own_checkpoint(&head, self.verifier)?;
        let ended = logs::ended(source).await?;
        let outside = outside.map(|text| outside_checkpoint(text, self.verifier, &ended)).transpose()?;
        if let Some(outside) = outside.as_ref().filter(|outside| outside.size > head.size) {
            return Err(Tampering::Truncated { signed: outside.size, there: head.size }.into());
        }
        follow_each_other(self.gone, &head)?;
        let mut roots = Roots::new(own.into_iter().chain(outside).collect())?;
        for segment in self.gone {
            self.segment(source, &mut roots, segment, &ended).await?;
            progress(roots.size(), head.size);
        }
        let parts = stream::iter(parts(roots.size()..head.size)).map(|places| part(self.database.clone(), places));
        let mut parts = parts.buffered(TOGETHER);
        while let Some(leaves) = parts.next().await {
            for leaf in leaves? {
                roots.append(leaf?)?;
            }
            progress(roots.size(), head.size);
        }
        drop(parts);
        let left_out = sql::left_out(source, &head).await?;
        if left_out > 0 {
            return Err(Tampering::Added(left_out).into());
        }
        let archived = self.gone.iter().map(|segment| segment.records).sum();
        Ok(Whole { records: roots.finish()?, archived, segments: self.gone.len() })
    }

    /// Adds a segment, by the records in its file where there is an archive to read.
    async fn segment(
        &self,
        source: &mut Source,
        roots: &mut Roots,
        segment: &Segment,
        ended: &[EndedLog],
    ) -> Result<(), VerifyError> {
        let places = &segment.places;
        let bad = |bad| Tampering::Segment(segment_file::name(places), bad);
        let level = level(places).ok_or(Tampering::Segments(places.start))?;
        let node = Node { level, index: places.start >> level };
        let hash = sql::nodes(source, vec![node]).await?.remove(&node).ok_or_else(|| bad(BadSegment::NoHash))?;
        let mut sealed = None;
        if let Some(folder) = self.archive {
            let (folder, these) = (folder.to_owned(), segment.clone());
            let (verifier, ended) = (self.verifier.clone(), ended.to_vec());
            let read = spawn_blocking(move || segment_file::read_noted(&folder, &these, &verifier, &ended)).await;
            let (contents, signed) = read.map_err(|_| VerifyError::Unavailable)?.map_err(bad)?;
            if contents.root() != hash {
                return Err(bad(BadSegment::OtherRecords).into());
            }
            if signed.is_shared() {
                roots.signed.entry(signed.checkpoint.size).or_default().push(signed.checkpoint.root);
            }
            for leaf in &contents.leaves {
                roots.append(*leaf)?;
            }
            sealed = Some(contents.leaves);
        } else {
            roots.append_segment(places, hash)?;
        }
        self.not_removed_yet(source, segment, sealed).await
    }

    /// Of a segment that is on its way out, what is still there must be as it was; and what is said to be gone, gone.
    async fn not_removed_yet(
        &self,
        source: &mut Source,
        segment: &Segment,
        sealed: Option<Vec<Hash>>,
    ) -> Result<(), VerifyError> {
        let left_behind = segments::left_behind(source, segment.removed).await?;
        if left_behind > 0 {
            return Err(Tampering::LeftBehind(left_behind).into());
        }
        for places in parts(segment.removed..segment.places.end) {
            for (place, leaf) in places.clone().zip(part(self.database.clone(), places).await?) {
                let nth = usize::try_from(place - segment.places.start).unwrap_or(usize::MAX);
                let other = sealed.as_ref().is_some_and(|sealed| sealed.get(nth) != leaf.as_ref().ok());
                leaf?;
                if other {
                    return Err(Tampering::OtherRecords(place + 1).into());
                }
            }
        }
        Ok(())
    }
}

/// The level of the subtree that these places are; nothing where they are none.
pub(crate) fn level(places: &Range<u64>) -> Option<u8> {
    let many = places.end.checked_sub(places.start).filter(|many| many.is_power_of_two())?;
    u8::try_from(many.trailing_zeros()).ok().filter(|_| places.start.is_multiple_of(many))
}

/// The checkpoint that the database has, which must be signed for exactly as many records as it says that there are: were it
/// older, records could be added behind it, or changed, without the key. `None` if nothing is sealed yet.
pub(crate) fn own_checkpoint(head: &Head, verifier: &Verifier) -> Result<Option<Checkpoint>, Tampering> {
    if head.size == 0 && head.checkpoint.is_empty() {
        return Ok(None);
    }
    let own = Checkpoint::open(&head.checkpoint, verifier)?;
    match own.size.cmp(&head.size) {
        Ordering::Less => Err(Tampering::NotSigned { signed: own.size, there: head.size }),
        Ordering::Greater => Err(Tampering::Truncated { signed: own.size, there: head.size }),
        Ordering::Equal => Ok(Some(own)),
    }
}

/// A checkpoint that was kept outside of the database. One of a log that ended counts as far as the next log goes on from it.
fn outside_checkpoint(text: &str, verifier: &Verifier, ended: &[EndedLog]) -> Result<Checkpoint, VerifyError> {
    let opened = logs::open(text, verifier, ended).map_err(Tampering::from)?;
    let signed = opened.checkpoint.size;
    match &opened.ended {
        Some(log) if !opened.is_shared() => {
            let last = Checkpoint::open(&log.checkpoint, &log.verifier).map_err(Tampering::from)?;
            let forked = last.size == signed && last.root != opened.checkpoint.root;
            let kept = log.kept;
            Err(if forked { Tampering::OtherRecords(signed).into() } else { VerifyError::Restarted { signed, kept } })
        }
        _ => Ok(opened.checkpoint),
    }
}

/// Segments begin with the first record, follow each other, and only the last one may still be on its way out.
pub(crate) fn follow_each_other(gone: &[Segment], head: &Head) -> Result<(), Tampering> {
    let mut next = 0;
    for (nth, segment) in (1..).zip(gone) {
        let places = &segment.places;
        let whole = level(places).is_some() && places.start == next && segment.records == places.end - places.start;
        let on_its_way = nth == gone.len() && segment.removed >= places.start && segment.removed < places.end;
        if !whole || places.end > head.size || (segment.removed != places.end && !on_its_way) {
            return Err(Tampering::Segments(next));
        }
        next = places.end;
    }
    Ok(())
}

/// These places, cut into parts.
pub(crate) fn parts(places: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = places.end;
    places.step_by(AT_ONCE).map(move |first| first..end.min(first + AT_ONCE as u64))
}

/// The leaves at these places as they are now, up to the first that is wrong; read and hashed beside other parts.
async fn part(database: Database, places: Range<u64>) -> Result<Vec<Result<Hash, Tampering>>, Unavailable> {
    let read = async move {
        let sealed = sql::walk(&mut Source::reader(&database), places.clone()).await?;
        let there = places.start + sealed.len() as u64;
        let leaves = places.clone().zip(sealed).map(|(place, sealed)| hash_of(sealed, place));
        let missing = (there < places.end).then_some(Err(Tampering::Gap(there)));
        Ok(leaves.chain(missing).collect())
    };
    tokio::spawn(read).await.map_err(|_| Unavailable)?
}

/// The hash of a record as it is now, which must be the one that was sealed.
fn hash_of(sealed: Sealed, expected: u64) -> Result<Hash, Tampering> {
    unchanged(sealed, expected).map(|(_, hash)| hash)
}

/// A record and its hash, which must be the one that was sealed.
pub(crate) fn unchanged(sealed: Sealed, expected: u64) -> Result<(AuditEntry, Hash), Tampering> {
    let Sealed { index, record, there, entry, hash } = sealed;
    if index != expected {
        return Err(Tampering::Gap(expected));
    }
    if !there {
        return Err(Tampering::Gone(index, record));
    }
    let Some(entry) = entry else { return Err(Tampering::Changed(index, record)) };
    let now = Hash::of_leaf(&entry.canonical_bytes());
    if hash == Some(now) { Ok((entry, now)) } else { Err(Tampering::Changed(index, record)) }
}
