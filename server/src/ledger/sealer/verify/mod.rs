//! Checks the sealed ledger of a database: each record, and the whole tree against what was signed.

mod errors;
mod roots;

pub use self::errors::{Tampering, VerifyError};
pub(crate) use self::roots::Roots;

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::logs::{self, EndedLog};
use crate::ledger::sealer::segment_file::{self, BadSegment};
use crate::ledger::sealer::segments::{self, Segment};
use crate::ledger::sealer::sql::{self, Head, Sealed};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::Node;
use doorward::ledger::{AuditEntry, Checkpoint, Hash, Verifier};
use futures::stream::{self, StreamExt as _};
use std::cmp::Ordering;
use std::ops::Range;
use std::path::Path;
use tokio::task::spawn_blocking;

/// The batch size.
pub(crate) const AT_ONCE: usize = 2000;
/// The number of batches that are read at the same time, each on its own connection.
const TOGETHER: usize = 3;

/// The result of a successful check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Sealed records in all.
    pub records: u64,
    /// Those of them that left the database.
    pub archived: u64,
    /// In so many segments.
    pub segments: usize,
}

/// Like [`with_archive`], without reading archived files. Returns the number of records.
pub async fn database(
    database: &Database,
    verifier: &Verifier,
    outside: Option<&str>,
    progress: impl FnMut(u64, u64),
) -> Result<u64, VerifyError> {
    with_archive(database, verifier, outside, None, progress).await.map(|whole| whole.records)
}

/// Checks every sealed record of `database`, and compares the tree with its own checkpoint and with
/// `outside`, a checkpoint that was kept elsewhere. Archived records are read from the files in
/// `archive`; without that folder, the hashes of their segments are used. Calls `progress` now and
/// then. Returns the first error.
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
        // Records were archived meanwhile, so some were missing.
        if matches!(found, Err(VerifyError::Tampering(_))) && segments::all(&mut source).await? != gone {
            continue;
        }
        return found;
    }
}

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

    /// Adds a segment: the records of its file if there is an archive, otherwise its hash.
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
                roots.expect(signed.checkpoint);
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

    /// Checks a segment that is partly removed: what is still there must be unchanged, and the rest
    /// must be gone.
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

/// Returns the level of the subtree that covers exactly these places, or `None` if there is none.
pub(crate) fn level(places: &Range<u64>) -> Option<u8> {
    let many = places.end.checked_sub(places.start).filter(|many| many.is_power_of_two())?;
    u8::try_from(many.trailing_zeros()).ok().filter(|_| places.start.is_multiple_of(many))
}

/// Returns the database's own checkpoint, or `None` if nothing is sealed yet. It must be signed for
/// exactly the current number of records: behind an older one, records could be added or changed
/// without the key.
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

/// Opens a checkpoint that was kept outside the database. A checkpoint of an ended log counts for
/// the records that the next log shares with it.
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

/// Checks that segments begin with the first record and leave no gap, and that only the last one is
/// partly removed.
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

/// Splits places into batches.
pub(crate) fn parts(places: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let end = places.end;
    places.step_by(AT_ONCE).map(move |first| first..end.min(first + AT_ONCE as u64))
}

/// Returns the hashes of the records at these places as they are now, up to the first error. Runs
/// as a task, so that several batches are read at the same time.
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

/// Returns the hash of a record, or an error if it is not the sealed one.
fn hash_of(sealed: Sealed, expected: u64) -> Result<Hash, Tampering> {
    unchanged(sealed, expected).map(|(_, hash)| hash)
}

/// Returns a record with its hash, or an error if it is not the sealed one.
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
