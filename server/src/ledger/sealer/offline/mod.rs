//! Sealed records as a file, and a check of such a file that needs no database: the file, a checkpoint and the public key.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::lines::Lines;
use crate::ledger::sealer::verify::{self, AT_ONCE, Roots, Tampering};
use crate::ledger::sealer::{segments, sql};
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Channel, Checkpoint, Hash, Outcome, PolicyRows, Verifier, Who};
use doorward::{AuthenticationId, Environment, IdentityId, Kind, Method, RecordId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::num::NonZero;
use std::ops::Range;
use std::thread;

/// How many bytes of lines are in memory at a time.
const MEMORY: usize = 32 << 20;

/// A line of the file: everything of a record that is in its hash, and that hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    place: u64,
    leaf: String,
    id: String,
    at: i64,
    identity: Option<String>,
    name: Option<String>,
    kind: Option<String>,
    session: Option<String>,
    authentication: Option<String>,
    method: Option<String>,
    action: String,
    resource: String,
    parameters: String,
    allowed: bool,
    code: String,
    words: String,
    entry: String,
    address: Option<String>,
    request: String,
    // Files from before these were there have none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authenticated: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy_version: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy_rows: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<Environment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
}

impl Line {
    fn of(place: u64, entry: AuditEntry) -> Self {
        let leaf = Hash::of_leaf(&entry.canonical_bytes()).to_string();
        let who = entry.who.as_ref();
        Self {
            place,
            leaf,
            id: entry.id.to_string(),
            at: entry.at.0,
            identity: who.map(|who| who.identity.to_string()),
            name: who.map(|who| who.name.to_string()),
            kind: who.map(|who| who.kind.as_str().to_owned()),
            session: who.and_then(|who| who.session).map(|id| id.to_string()),
            authentication: who.and_then(|who| who.authentication).map(|id| id.to_string()),
            method: who.and_then(|who| who.method).map(|method| method.as_str().to_owned()),
            action: entry.action,
            resource: entry.resource,
            parameters: entry.parameters,
            allowed: entry.allowed,
            code: entry.code,
            words: entry.words,
            entry: entry.entry.as_str().to_owned(),
            address: entry.address,
            request: entry.request,
            authenticated: who.and_then(|who| who.authenticated).map(|at| at.0),
            policy_version: entry.policy.as_ref().map(|policy| policy.version),
            policy_rows: entry.policy.map(|policy| policy.rows),
            environment: entry.environment,
            outcome: entry.outcome.map(|outcome| outcome.as_str().to_owned()),
            resource_name: entry.resource_name,
        }
    }

    /// The record of the line; nothing where it is none.
    fn read(self) -> Option<AuditEntry> {
        let who = match (self.identity, self.name, self.kind) {
            (Some(identity), Some(name), Some(kind)) => Some(Who {
                identity: IdentityId::parse(&identity).ok()?,
                name: name.into(),
                kind: Kind::parse(&kind)?,
                session: read(self.session, |text| SessionId::parse(text).ok())?,
                authentication: read(self.authentication, |text| AuthenticationId::parse(text).ok())?,
                method: read(self.method, Method::parse)?,
                authenticated: self.authenticated.map(Timestamp),
            }),
            (None, None, None) => None,
            _ => return None,
        };
        let policy = match (self.policy_version, self.policy_rows) {
            (Some(version), Some(rows)) => Some(PolicyRows { version, rows }),
            (None, None) => None,
            _ => return None,
        };
        Some(AuditEntry {
            id: RecordId::parse(&self.id).ok()?,
            at: Timestamp(self.at),
            who,
            action: self.action,
            resource: self.resource,
            parameters: self.parameters,
            allowed: self.allowed,
            code: self.code,
            words: self.words,
            entry: Channel::parse(&self.entry)?,
            address: self.address,
            request: self.request,
            policy,
            environment: self.environment,
            outcome: read(self.outcome, Outcome::parse)?,
            resource_name: self.resource_name,
        })
    }
}

/// A text that may be missing, read; nothing where it is there and cannot be read.
fn read<T>(text: Option<String>, parse: impl FnOnce(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => parse(&text).map(Some),
    }
}

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A record is not there, or not as it was sealed.
    #[error(transparent)]
    Tampering(#[from] Tampering),
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Write(#[from] std::io::Error),
}

impl From<Unavailable> for ExportError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Writes every sealed record that is in the database to `out`, in the sealed order, and gives back the checkpoint that goes with them.
///
/// # Errors
/// Where a record is not there, the database does not answer, or nothing can be written.
pub async fn export(database: &Database, out: &mut impl Write) -> Result<String, ExportError> {
    // At one moment, since records may leave for the archive meanwhile.
    let mut source = Source::snapshot(database).await?;
    let head = sql::head(&mut source).await?;
    let first = segments::end(&mut source).await?;
    write_sealed(&mut source, first..head.size, out).await?;
    out.flush()?;
    Ok(head.checkpoint)
}

/// Writes the records at these places, each of which must be the one that was sealed.
pub(crate) async fn write_sealed(
    source: &mut Source,
    places: Range<u64>,
    out: &mut impl Write,
) -> Result<(), ExportError> {
    for places in verify::parts(places) {
        let some = sql::walk(source, places.clone()).await?;
        let there = places.start + some.len() as u64;
        for (place, sealed) in places.clone().zip(some) {
            let entry = verify::unchanged(sealed, place)?.0;
            serde_json::to_writer(&mut *out, &Line::of(place, entry)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        if there < places.end {
            return Err(Tampering::Gap(there).into());
        }
    }
    Ok(())
}

/// Why a file was not found whole.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Something was tampered with.
    #[error(transparent)]
    Tampering(#[from] Tampering),
    /// A line is no record.
    #[error("line {0} is no record of a ledger")]
    Line(u64),
    /// A line is longer than a record can be.
    #[error("line {0} is longer than any record")]
    LongLine(u64),
    /// The file, decompressed, is larger than the signed records can be.
    #[error("the file holds far more than the checkpoint's records could take")]
    TooLarge,
    /// The signed records are whole, and more follow that the checkpoint says nothing about.
    #[error("{signed} records are signed and whole, and {unsigned} more are not signed by this checkpoint")]
    Unsigned {
        /// How many are signed.
        signed: u64,
        /// How many lines follow.
        unsigned: u64,
    },
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] std::io::Error),
}

/// Checks the files of segments, if any, and then the file that [`export`] wrote, as one, against a checkpoint, wherever
/// that was kept. Says now and then how far it is, of how many records. Returns their number.
///
/// # Errors
/// The first thing that is wrong; also if there are records that the checkpoint was not signed for.
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

/// The next lines, as many as are worth hashing at the same time.
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

/// The leaves of lines, of which the first is to have the place `first`; hashed by as many threads as they are worth.
fn leaves(lines: &[String], first: u64) -> Vec<Result<Hash, CheckError>> {
    let parts = (first..).step_by(AT_ONCE).zip(lines.chunks(AT_ONCE));
    let hashed = |(first, part): (u64, &[String])| -> Vec<_> {
        (first..).zip(part).map(|(place, line)| read_line(line, place).map(|(leaf, _)| leaf)).collect()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || hashed(part))).collect();
        // What a thread did not bring is missed when the next line has another place.
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// The leaf of a line, which must be the one that was sealed at this place, and when it was decided.
pub(crate) fn read_line(line: &str, place: u64) -> Result<(Hash, Timestamp), CheckError> {
    let line: Line = serde_json::from_str(line).map_err(|_| CheckError::Line(place + 1))?;
    if line.place != place {
        return Err(Tampering::Gap(place).into());
    }
    let (leaf, id) = (Hash::parse(&line.leaf).ok(), line.id.clone());
    let entry = line.read().ok_or(CheckError::Line(place + 1))?;
    let now = Hash::of_leaf(&entry.canonical_bytes());
    if leaf == Some(now) { Ok((now, entry.at)) } else { Err(Tampering::Changed(place, id).into()) }
}
