//! Sealed records as a file, and the check of such a file. The check needs the file, a checkpoint
//! and the public key, but no database.

mod line;

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::lines::Lines;
use crate::ledger::sealer::offline::line::Line;
use crate::ledger::sealer::verify::{self, AT_ONCE, Roots, Tampering};
use crate::ledger::sealer::{segments, sql};
use doorward::Timestamp;
use doorward::guard::Unavailable;
use doorward::ledger::{Checkpoint, Hash, Verifier};
use std::io::{BufRead, Write};
use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// The number of bytes of lines that are in memory at a time.
const MEMORY: usize = 32 << 20;

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Tampering(#[from] Tampering),
    #[error("the database did not answer")]
    Unavailable,
    #[error("the file cannot be written")]
    Write(#[from] std::io::Error),
}

impl From<Unavailable> for ExportError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Writes every sealed record in the database to `out`, in the sealed order, and returns the
/// checkpoint that was signed for them.
pub async fn export(database: &Database, out: &mut impl Write) -> Result<String, ExportError> {
    // One snapshot, because records may be archived meanwhile.
    let mut source = Source::snapshot(database).await?;
    let head = sql::head(&mut source).await?;
    let first = segments::end(&mut source).await?;
    write_sealed(&mut source, first..head.size, out).await?;
    out.flush()?;
    Ok(head.checkpoint)
}

/// Writes the records at these places. Returns an error if one differs from what was sealed.
pub(crate) async fn write_sealed(
    source: &mut Source,
    places: Range<u64>,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    for places in verify::parts(places) {
        let some = sql::walk(source, places.clone()).await?;
        let there = places.start + some.len() as u64;
        for (place, sealed) in places.clone().zip(some) {
            let (entry, leaf) = verify::unchanged(sealed, place)?;
            let line = Line { place, leaf: leaf.to_string(), entry };
            serde_json::to_writer(&mut *out, &line).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        if there < places.end {
            return Err(Tampering::Gap(there).into());
        }
    }
    Ok(())
}

/// Why the check of a file failed.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Tampering(#[from] Tampering),
    #[error("line {0} is no record of a ledger")]
    Line(u64),
    #[error("line {0} is longer than any record")]
    LongLine(u64),
    /// The file, decompressed, is larger than the signed records can be.
    #[error("the file holds far more than the checkpoint's records could take")]
    TooLarge,
    #[error("{signed} records are signed and whole, and {unsigned} more are not signed by this checkpoint")]
    Unsigned {
        /// The number of signed records.
        signed: u64,
        /// The number of lines that follow.
        unsigned: u64,
    },
    #[error("the file cannot be read")]
    Read(#[from] std::io::Error),
}

/// Checks records against a checkpoint: the files of archived segments, if any, followed by the file
/// that [`export`] wrote. Calls `progress` with the number of records checked and of all records.
/// Returns the number of records, or the first error. Records that the checkpoint was not signed
/// for are an error too.
pub fn check(
    file: impl BufRead,
    checkpoint: &str,
    verifier: &Verifier,
    mut progress: impl FnMut(u64, u64),
) -> Result<u64, CheckError> {
    let signed = Checkpoint::open(checkpoint, verifier).map_err(Tampering::from)?;
    let of = signed.size;
    let mut roots = Roots::new(vec![signed])?;
    let mut lines = Lines::of(file, of);
    while roots.size() < of {
        let read = some_lines(&mut lines, of - roots.size())?;
        if read.is_empty() {
            break;
        }
        for leaf in leaves(&read, roots.size()) {
            roots.append(leaf?)?;
        }
        progress(roots.size(), of);
    }
    let signed = roots.finish()?;
    let unsigned = lines.try_fold(0, |count, line| line.map(|_| count + 1))?;
    if unsigned == 0 { Ok(signed) } else { Err(CheckError::Unsigned { signed, unsigned }) }
}

/// Returns the next lines, enough to keep every processor busy with hashing.
fn some_lines(lines: &mut Lines<impl BufRead>, most: u64) -> Result<Vec<String>, CheckError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let most = usize::try_from(most).unwrap_or(usize::MAX).min(threads * AT_ONCE);
    let (mut some, mut bytes) = (Vec::new(), 0);
    while some.len() < most && bytes < MEMORY {
        let Some(line) = lines.next().transpose()? else { break };
        bytes += line.len();
        some.push(line);
    }
    Ok(some)
}

/// Hashes lines on several threads. The first line must have the place `first`.
fn leaves(lines: &[String], first: u64) -> Vec<Result<Hash, CheckError>> {
    let parts = (first..).step_by(AT_ONCE).zip(lines.chunks(AT_ONCE));
    let hashed = |(first, part): (u64, &[String])| -> Vec<_> {
        (first..).zip(part).map(|(place, line)| read_line(line, place).map(|(leaf, _)| leaf)).collect()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || hashed(part))).collect();
        // If a thread panicked, its lines are missing, and the next line has the wrong place.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// Returns the leaf of a line, and when its record was decided. The line must be the one that was
/// sealed at this place.
pub(crate) fn read_line(line: &str, place: u64) -> Result<(Hash, Timestamp), CheckError> {
    let line: Line = serde_json::from_str(line).map_err(|_| CheckError::Line(place + 1))?;
    if line.place != place {
        return Err(Tampering::Gap(place).into());
    }
    let now = Hash::of_leaf(&line.entry.canonical_bytes());
    if Hash::parse(&line.leaf) == Ok(now) {
        Ok((now, line.entry.at))
    } else {
        Err(Tampering::Changed(place, line.entry.id.to_string()).into())
    }
}
