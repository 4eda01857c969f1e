//! Moves old records out of the database into files. Each file is read back and proven against the
//! signed tree before anything is removed.
//!
//! The hash of each segment stays, so roots, checkpoints and proofs of later records do not change.

mod errors;

pub use self::errors::{ArchiveError, Held};

use crate::backend::{SqlBackend, by_command};
use crate::cli::settings::Config;
use crate::db::transaction::Source;
use crate::ledger::sealer::offline;
use crate::ledger::sealer::segment_file::{self, BadSegment, Contents};
use crate::ledger::sealer::segments::{self, Segment};
use crate::ledger::sealer::verify::{self, Tampering};
use crate::ledger::sealer::{self, logs};
use crate::ledger::search::{index, terms};
use crate::ledger::{self, forward};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{inclusion_needs, inclusion_proof, verify_inclusion};
use doorward::ledger::{Hash, Verifier};
use doorward::{TimeSpan, Timestamp};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_blocking};

/// The sizes of segments: 2^16 records, or 2^12 if fewer are old enough. Busy ledgers get few
/// files, and small ones can still archive.
pub const LEVELS: &[u8] = &[16, 12];
/// The number of records that one transaction deletes, so that nobody waits long for it.
pub const AT_ONCE: u64 = 256;
/// The pause between two transactions, so that other writers get a turn.
const REST: Duration = Duration::from_millis(20);
/// The pause between two runs.
const EVERY: Duration = Duration::from_secs(3600);

/// The settings of archiving.
pub struct Archive {
    /// The store that records leave.
    pub backend: SqlBackend,
    /// The ledger's public key.
    pub verifier: Verifier,
    /// The folder of the files.
    pub folder: PathBuf,
    /// The sizes of segments as powers of two, in order of preference. [`LEVELS`], except in tests.
    pub levels: &'static [u8],
    /// The number of records that one transaction deletes.
    pub at_once: u64,
    /// Whether this process forwards records. Then none is archived before it was taken.
    pub forwards: bool,
    /// Who archives, for the record about it.
    pub by: &'static str,
}

/// The result of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A segment's file was written and registered.
    Wrote(Segment),
    /// Some records of a segment were deleted.
    Removed,
    /// Another process registered the same segment first.
    Overtaken,
    /// Nothing.
    Held(Held),
}

/// Starts a task that archives records older than `keep`.
pub fn start(archive: Archive, keep: TimeSpan) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let before = Timestamp(archive.backend.clock.now().0.saturating_sub(keep.0));
            match archive.older_than(before).await {
                Ok((segments, _)) if segments.is_empty() => {}
                Ok((segments, _)) => tracing::info!(segments = segments.len(), "old records left the database"),
                Err(error) => tracing::error!(%error, "old records stay in the database"),
            }
            tokio::time::sleep(EVERY).await;
        }
    })
}

impl Archive {
    /// Creates the archive in this folder.
    #[must_use]
    pub fn of(config: &Config, backend: &SqlBackend, verifier: &Verifier, folder: PathBuf, by: &'static str) -> Self {
        let (backend, verifier) = (backend.clone(), verifier.clone());
        Self { backend, verifier, folder, levels: LEVELS, at_once: AT_ONCE, forwards: config.forward.is_some(), by }
    }

    /// Archives every segment whose records are all older than `before`. Returns the new segments,
    /// and why there are no more. After an error, the next call continues.
    pub async fn older_than(&self, before: Timestamp) -> Result<(Vec<Segment>, Held), ArchiveError> {
        let (mut wrote, mut checked) = (Vec::new(), None);
        loop {
            match self.step(before, &mut checked).await? {
                Step::Wrote(segment) => wrote.push(segment),
                Step::Removed | Step::Overtaken => tokio::time::sleep(REST).await,
                Step::Held(held) => return Ok((wrote, held)),
            }
        }
    }

    /// Takes one step. `checked` is the first place of the segment whose file this process has
    /// verified already.
    pub async fn step(&self, before: Timestamp, checked: &mut Option<u64>) -> Result<Step, ArchiveError> {
        // One snapshot, because another process may register and delete the segment meanwhile.
        let mut reader = Source::snapshot(&self.backend.database).await?;
        let gone = segments::all(&mut reader).await?;
        verify::follow_each_other(&gone, &sealer::sql::head(&mut reader).await?)?;
        if let Some(segment) = gone.into_iter().find(|it| it.removed < it.places.end) {
            drop(reader);
            if *checked != Some(segment.places.start) {
                self.check(&segment).await?;
                *checked = Some(segment.places.start);
            }
            return self.remove_some(&segment).await.map(|()| Step::Removed);
        }
        let places = match self.next(&mut reader, before).await? {
            Ok(places) => places,
            Err(held) => return Ok(Step::Held(held)),
        };
        let (records, checkpoint) = self.compress(&mut reader, &places).await?;
        drop(reader);
        self.write(&places, records, checkpoint).await?;
        let contents = self.read_back(&places).await?;
        let Some(segment) = self.note(&places, &contents).await? else { return Ok(Step::Overtaken) };
        *checked = Some(places.start);
        Ok(Step::Wrote(segment))
    }

    /// Returns the places of the next segment, the largest possible.
    async fn next(&self, reader: &mut Source, before: Timestamp) -> Result<Result<Range<u64>, Held>, Unavailable> {
        let first = segments::end(reader).await?;
        let mut held = Held::Incomplete;
        for level in self.levels {
            match self.may_leave(reader, first, *level, before).await? {
                Ok(places) => return Ok(Ok(places)),
                Err(why) => held = why,
            }
        }
        Ok(Err(held))
    }

    /// Returns the 2^level places from `first` on, if they may be archived.
    async fn may_leave(
        &self,
        reader: &mut Source,
        first: u64,
        level: u8,
        before: Timestamp,
    ) -> Result<Result<Range<u64>, Held>, Unavailable> {
        let many = 1 << level;
        let places = first..first.saturating_add(many);
        if !first.is_multiple_of(many) || places.end > sealer::sql::head(reader).await?.size {
            return Ok(Err(Held::Incomplete));
        }
        // The last record is usually the youngest, so it is checked first.
        for some in [places.end.saturating_sub(1)..places.end, places.clone()] {
            if segments::youngest(reader, some).await?.is_none_or(|youngest| youngest >= before) {
                return Ok(Err(Held::Young));
            }
        }
        if u64::try_from(index::head(reader).await?.indexed).unwrap_or(0) < places.end {
            return Ok(Err(Held::NotIndexed));
        }
        let forwards = self.forwards || forward::sql::ever(reader).await?;
        if forwards && forward::sql::next(reader).await? < places.end.saturating_add(forward::OVERLAP) {
            return Ok(Err(Held::NotForwarded));
        }
        Ok(Ok(places))
    }

    /// Returns the compressed records of these places and the newest checkpoint.
    async fn compress(&self, reader: &mut Source, places: &Range<u64>) -> Result<(Vec<u8>, String), ArchiveError> {
        let failed = |cause| ArchiveError::Write(self.folder.join(segment_file::name(places)), cause);
        let checkpoint = sealer::sql::head(reader).await?.checkpoint;
        let mut encoder = zstd::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failed)?;
        offline::write_sealed(reader, places.clone(), &mut encoder).await?;
        Ok((encoder.finish().map_err(failed)?, checkpoint))
    }

    /// Writes the segment's file and its checkpoint, unless they exist.
    async fn write(&self, places: &Range<u64>, records: Vec<u8>, checkpoint: String) -> Result<(), ArchiveError> {
        let (file, signed) = (segment_file::name(places), segment_file::checkpoint_name(places));
        let ended = logs::ended(&mut Source::reader(&self.backend.database)).await?;
        let (folder, these, verifier) = (self.folder.clone(), places.clone(), self.verifier.clone());
        let written = spawn_blocking(move || {
            // A valid checkpoint stays: it may be the only evidence of a history.
            if segment_file::checkpoint_beside(&folder, &these, &verifier, &ended).is_none() {
                segment_file::write(&folder, &signed, checkpoint.as_bytes())?;
            }
            // An existing file, for example after a crash, is never replaced. It is verified like a
            // new one.
            segment_file::write_new(&folder, &file, &records)
        });
        let written = written.await.map_err(|_| ArchiveError::Unavailable)?;
        written.map_err(|cause| ArchiveError::Write(self.folder.join(segment_file::name(places)), cause))
    }

    /// Reads the segment's file and verifies that it has the sealed records.
    async fn read_back(&self, places: &Range<u64>) -> Result<Contents, ArchiveError> {
        let (folder, these) = (self.folder.clone(), places.clone());
        let read = spawn_blocking(move || segment_file::read(&folder, &these)).await;
        let bad = |bad| ArchiveError::Segment(segment_file::name(places), bad);
        let contents = read.map_err(|_| ArchiveError::Unavailable)?.map_err(bad)?;
        self.prove(places, contents.root()).await?;
        Ok(contents)
    }

    /// Verifies the file of a registered segment.
    async fn check(&self, segment: &Segment) -> Result<(), ArchiveError> {
        let ended = logs::ended(&mut Source::reader(&self.backend.database)).await?;
        let (folder, these, verifier) = (self.folder.clone(), segment.clone(), self.verifier.clone());
        let read = spawn_blocking(move || segment_file::read_noted(&folder, &these, &verifier, &ended)).await;
        let bad = |bad| ArchiveError::Segment(segment_file::name(&segment.places), bad);
        let (contents, _) = read.map_err(|_| ArchiveError::Unavailable)?.map_err(bad)?;
        self.prove(&segment.places, contents.root()).await
    }

    /// Verifies that the signed tree contains a subtree with this hash at these places.
    async fn prove(&self, places: &Range<u64>, root: Hash) -> Result<(), ArchiveError> {
        let mut reader = Source::snapshot(&self.backend.database).await?;
        let head = sealer::sql::head(&mut reader).await?;
        let signed = verify::own_checkpoint(&head, &self.verifier)?.ok_or(Tampering::Segments(places.start))?;
        let level = verify::level(places).ok_or(Tampering::Segments(places.start))?;
        let needs = inclusion_needs(places.start, signed.size);
        let mut hashes = sealer::sql::nodes(&mut reader, needs.clone()).await?;
        // Nodes below the segment's own hash are not part of the proof and may be deleted already.
        for node in needs.into_iter().filter(|node| node.level < level) {
            hashes.entry(node).or_insert_with(Hash::of_nothing);
        }
        let proof = inclusion_proof(places.start, signed.size, &hashes).ok();
        let above = proof.as_ref().and_then(|proof| proof.get(usize::from(level)..)).unwrap_or_default();
        let (place, many) = (places.start >> level, signed.size.div_ceil(1 << level));
        let bad = ArchiveError::Segment(segment_file::name(places), BadSegment::OtherRecords);
        verify_inclusion(root, place, many, above, signed.root).map_err(|_| bad)
    }

    /// Registers the segment and writes a record about it. Returns `None` if another process was
    /// faster.
    async fn note(&self, places: &Range<u64>, contents: &Contents) -> Result<Option<Segment>, ArchiveError> {
        let records = places.end - places.start;
        let said = format!("bytes={}&by={}&records={records}&sha256={}", contents.bytes, self.by, contents.sha256);
        let resource = format!("ledger:{}-{}", places.start, places.end - 1);
        let entry = by_command(&self.backend, "ledger.archive", resource, said);
        let segment = Segment {
            places: places.clone(),
            records,
            bytes: contents.bytes,
            sha256: contents.sha256.clone(),
            from: contents.from,
            until: contents.until,
            archived: entry.at,
            removed: places.start,
        };
        let mut source = Source::writer(&self.backend.database).await?;
        if !segments::add(&mut source, &segment).await? {
            return Ok(None);
        }
        ledger::sql::append_in(&mut source, &entry).await?;
        source.commit().await?;
        Ok(Some(segment))
    }

    /// Deletes the next records of a segment, unless another process does.
    async fn remove_some(&self, segment: &Segment) -> Result<(), ArchiveError> {
        let level = verify::level(&segment.places).ok_or(Tampering::Segments(segment.places.start))?;
        let to = segment.removed.saturating_add(self.at_once).min(segment.places.end);
        // Search terms first: a record without terms is still there, but terms without a record
        // must never exist.
        let mut words = Source::words(&self.backend.database).await?;
        terms::remove(&mut words, &(segment.removed..to)).await?;
        words.commit().await?;
        let mut source = Source::writer(&self.backend.database).await?;
        if segments::remove(&mut source, segment, to, level).await? {
            source.commit().await?;
        }
        Ok(())
    }
}
