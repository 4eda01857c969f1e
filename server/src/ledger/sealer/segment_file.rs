//! The file of a segment: sealed records as `ledger export` writes them, compressed, with a signed
//! checkpoint in a second file.

use crate::ledger::sealer;
use crate::ledger::sealer::lines::Lines;
use crate::ledger::sealer::logs::{self, EndedLog, Opened};
use crate::ledger::sealer::offline::{self, CheckError};
use crate::ledger::sealer::segments::Segment;
use doorward::Timestamp;
use doorward::ledger::merkle::Frontier;
use doorward::ledger::{Hash, Verifier};
use sha2::{Digest as _, Sha256};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufReader, ErrorKind, Write as _};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a segment's file is not the archived one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSegment {
    #[error("is missing or cannot be read")]
    Unreadable,
    #[error("is not the file that was written")]
    OtherFile,
    #[error("holds other records than the database says")]
    OtherNote,
    #[error("is not whole: {0}")]
    Record(String),
    #[error("holds other records than were sealed")]
    OtherRecords,
    #[error("has no hash in the tree")]
    NoHash,
    /// The checkpoint beside it is not there, is not signed by this ledger's key, or is one from before.
    #[error("has no checkpoint of this ledger beside it")]
    NoCheckpoint,
}

/// Returns the file name for these places.
#[must_use]
pub fn name(places: &Range<u64>) -> String {
    format!("ledger-{:012}-{:012}.ndjson.zst", places.start, places.end.saturating_sub(1))
}

/// Returns the file name of the segment's checkpoint.
#[must_use]
pub fn checkpoint_name(places: &Range<u64>) -> String {
    format!("{}.checkpoint", name(places))
}

/// The content of a file.
pub(crate) struct Contents {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) leaves: Vec<Hash>,
}

impl Contents {
    /// Returns the hash of the records as a subtree.
    pub(crate) fn root(&self) -> Hash {
        let mut frontier = Frontier::new();
        for leaf in &self.leaves {
            frontier.append(*leaf);
        }
        frontier.root()
    }
}

/// Writes a file atomically and durably, readable by its owner alone, and creates its folder.
/// Replaces a file of that name.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    put(folder, name, bytes, |beside, path| fs::rename(beside, path))
}

/// Like [`write`], but keeps an existing file, even if another process writes it at the same time.
pub(crate) fn write_new(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    put(folder, name, bytes, |beside, path| match fs::hard_link(beside, path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists && !path.exists() => fs::rename(beside, path),
        _ => fs::remove_file(beside),
    })
}

/// Writes a temporary file and moves it with `place`.
fn put(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    place: impl FnOnce(&Path, &Path) -> std::io::Result<()>,
) -> std::io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = folder.join(format!(".{name}.{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    // A temporary file of an earlier process with the same number is overwritten.
    let created = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let written = created.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| place(&beside, &folder.join(name)));
    if placed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    placed.and_then(|()| File::open(folder)?.sync_all())
}

/// Reads the file of these places and checks each record against its own hash.
pub(crate) fn read(folder: &Path, places: &Range<u64>) -> Result<Contents, BadSegment> {
    let compressed = fs::read(folder.join(name(places))).map_err(|_| BadSegment::Unreadable)?;
    contents(&compressed, places)
}

/// Like [`read`], and checks that the file is the one that the database describes and that its
/// checkpoint is signed for all of it, by this log or one that ended before it.
pub(crate) fn read_noted(
    folder: &Path,
    segment: &Segment,
    verifier: &Verifier,
    ended: &[EndedLog],
) -> Result<(Contents, Opened), BadSegment> {
    let places = &segment.places;
    let compressed = fs::read(folder.join(name(places))).map_err(|_| BadSegment::Unreadable)?;
    if compressed.len() as u64 != segment.bytes || sha256(&compressed) != segment.sha256 {
        return Err(BadSegment::OtherFile);
    }
    let contents = contents(&compressed, places)?;
    if (contents.from, contents.until) != (segment.from, segment.until) {
        return Err(BadSegment::OtherNote);
    }
    let signed = checkpoint_beside(folder, places, verifier, ended).ok_or(BadSegment::NoCheckpoint)?;
    Ok((contents, signed))
}

/// Returns the segment's checkpoint, if it is signed for all of these places.
pub(crate) fn checkpoint_beside(
    folder: &Path,
    places: &Range<u64>,
    verifier: &Verifier,
    ended: &[EndedLog],
) -> Option<Opened> {
    let text = sealer::read_text(&folder.join(checkpoint_name(places))).ok()?;
    logs::open(&text, verifier, ended).ok().filter(|signed| signed.checkpoint.size >= places.end)
}

fn contents(compressed: &[u8], places: &Range<u64>) -> Result<Contents, BadSegment> {
    let text = zstd::Decoder::new(compressed).map_err(|_| BadSegment::Unreadable)?;
    let many = places.end.saturating_sub(places.start);
    let bad = |error: CheckError| BadSegment::Record(error.to_string());
    let mut leaves = Vec::new();
    let (mut from, mut until) = (Timestamp(i64::MAX), Timestamp(i64::MIN));
    for (place, line) in (places.start..).zip(Lines::of(BufReader::new(text), many)) {
        if place >= places.end {
            return Err(BadSegment::OtherRecords);
        }
        let (leaf, at) = line.and_then(|line| offline::read_line(&line, place)).map_err(bad)?;
        leaves.push(leaf);
        (from, until) = (from.min(at), until.max(at));
    }
    if leaves.len() as u64 != many {
        return Err(BadSegment::OtherRecords);
    }
    Ok(Contents { bytes: compressed.len() as u64, sha256: sha256(compressed), from, until, leaves })
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
