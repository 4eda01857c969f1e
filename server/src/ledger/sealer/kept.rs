//! Checkpoints outside the database: in the data folder and in the file of `--ledger-checkpoint`.
//!
//! They are compared before anything is signed and before they are replaced. A database that was
//! rolled back or holds another history is detected: nothing is signed on top of it, and the
//! evidence remains.

use crate::cli::settings::Config;
use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::logs::{self, EndedLog};
use crate::ledger::sealer::sql::{self, Head};
use crate::ledger::sealer::{SealError, segments};
use doorward::guard::Unavailable;
use doorward::ledger::merkle::{Frontier, root, root_needs};
use doorward::ledger::{Checkpoint, Hash, Verifier};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The file's name in the data folder.
const FILE: &str = "ledger.checkpoint";
/// The limit for the size of a checkpoint file. One with a hundred signatures is smaller.
const MOST: u64 = 1 << 17;

/// Reads a checkpoint file, up to the size that a checkpoint can have.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text).map(|_| text)
}

/// The files that hold the newest checkpoint.
#[derive(Clone, Debug, Default)]
pub struct KeptCheckpoints {
    files: Vec<PathBuf>,
    complained: Complained,
}

/// The files that could not be written the last time, so that a failure is logged once.
type Complained = Arc<Mutex<Vec<PathBuf>>>;

impl KeptCheckpoints {
    /// Returns the files of these settings.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::files([config.data_dir.join(FILE)].into_iter().chain(config.ledger_checkpoint.clone()).collect())
    }

    /// Returns a set of files. Without any, nothing is compared.
    #[must_use]
    pub fn files(files: Vec<PathBuf>) -> Self {
        Self { files, complained: Complained::default() }
    }

    /// Returns the checkpoints in these files that this key signed.
    #[must_use]
    pub fn signed_by(&self, verifier: &Verifier) -> Vec<(PathBuf, String, Checkpoint)> {
        let opened = self.files.iter().filter_map(|path| {
            let text = read_text(path).ok()?;
            let checkpoint = Checkpoint::open(&text, verifier).ok()?;
            Some((path.clone(), text, checkpoint))
        });
        opened.collect()
    }

    /// Checks that the tree of the database extends every kept checkpoint. A file that holds
    /// something else is an error.
    pub async fn check(&self, database: &Database, verifier: &Verifier) -> Result<(), SealError> {
        let mut marks = self.read(&mut Source::reader(database), verifier).await?;
        let mut source = Source::snapshot(database).await?;
        let head = sql::head(&mut source).await?;
        let hashes = sql::nodes(&mut source, root_needs(head.size)).await?;
        let frontier = Frontier::of(head.size, &hashes).map_err(|_| SealError::Forked)?;
        marks.compare(&mut source, &frontier).await
    }

    /// Returns whether a file holds a checkpoint that contradicts this one.
    pub(crate) fn contradict(&self, newest: &str, verifier: &Verifier) -> bool {
        let Ok(newest) = Checkpoint::open(newest, verifier) else { return true };
        let other =
            |kept: &Checkpoint| kept.size > newest.size || (kept.size == newest.size && kept.root != newest.root);
        self.signed_by(verifier).iter().any(|(_, _, kept)| other(kept))
    }

    /// Reads the files. Read them before the database: what another process signs meanwhile reaches
    /// its database first.
    pub(crate) async fn read(&self, source: &mut Source, verifier: &Verifier) -> Result<Marks, SealError> {
        let mut marks = Marks { complained: Arc::clone(&self.complained), ..Marks::default() };
        if self.files.is_empty() {
            return Ok(marks);
        }
        let ended = logs::ended(source).await?;
        for path in &self.files {
            marks.files.push(Mark::read(path, verifier, &ended)?);
        }
        Ok(marks)
    }
}

/// The content of a file when it was read.
struct Mark {
    path: PathBuf,
    text: String,
    checkpoint: Option<Checkpoint>,
    /// Whether the content is saved under another name before it is replaced, because nothing in
    /// this log proves it.
    apart: bool,
}

impl Mark {
    fn read(path: &Path, verifier: &Verifier, ended: &[EndedLog]) -> Result<Self, SealError> {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == ErrorKind::NotFound => String::new(),
            Err(cause) if cause.kind() == ErrorKind::InvalidData => return Err(SealError::NotOurs(path.to_owned())),
            Err(cause) => return Err(SealError::Unreadable(path.to_owned(), cause.kind())),
        };
        let mut this = Self { path: path.to_owned(), text, checkpoint: None, apart: false };
        if this.text.trim().is_empty() {
            return Ok(this);
        }
        let opened = logs::open(&this.text, verifier, ended).map_err(|_| SealError::NotOurs(path.to_owned()))?;
        match opened.ended {
            Some(_) => this.apart = true,
            None => this.checkpoint = Some(opened.checkpoint),
        }
        Ok(this)
    }

    /// Replaces the file atomically by the newest checkpoint, if it still holds what was compared.
    fn replace(&self, newest: &str) -> std::io::Result<()> {
        let now = match read_text(&self.path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => String::new(),
            other => other?,
        };
        if now != self.text || now == newest {
            return Ok(());
        }
        if self.apart {
            self.set_apart()?;
        }
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = format!("{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let beside = beside(&self.path, &format!(".{number}.new"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
        let written = file.write_all(newest.as_bytes()).and_then(|()| file.sync_all());
        let placed = written.and_then(|()| fs::rename(&beside, &self.path));
        placed.inspect_err(|_| drop(fs::remove_file(&beside)))
    }

    /// Saves the content under a new name.
    fn set_apart(&self) -> std::io::Result<()> {
        for number in 1.. {
            let apart = beside(&self.path, &format!(".before-{number}"));
            match OpenOptions::new().write(true).create_new(true).open(&apart) {
                Ok(mut file) => {
                    tracing::warn!(kept = %apart.display(), "a checkpoint that this log does not prove is kept apart");
                    return file.write_all(self.text.as_bytes()).and_then(|()| file.sync_all());
                }
                Err(_) if read_text(&apart).is_ok_and(|text| text == self.text) => return Ok(()),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The checkpoints that are known outside the database.
#[derive(Default)]
pub(crate) struct Marks {
    files: Vec<Mark>,
    compared: bool,
    /// The last checkpoint that this process signed.
    own: Option<Checkpoint>,
    complained: Complained,
}

impl Marks {
    /// Returns whether a file holds another checkpoint than the database.
    pub(crate) fn differ(&self, head: &Head) -> bool {
        self.files.iter().any(|mark| mark.text != head.checkpoint)
    }

    /// Remembers what was signed, to compare it before the next signature.
    pub(crate) fn signed(&mut self, checkpoint: Checkpoint) {
        self.own = Some(checkpoint);
    }

    /// Checks that the tree extends each of them.
    pub(crate) async fn compare(&mut self, source: &mut Source, frontier: &Frontier) -> Result<(), SealError> {
        if let Some(own) = &self.own {
            is_begin_of(own, Path::new("this process"), source, frontier).await?;
        }
        if self.compared {
            return Ok(());
        }
        for mark in &mut self.files {
            let Some(checkpoint) = &mark.checkpoint else { continue };
            mark.apart = !is_begin_of(checkpoint, &mark.path, source, frontier).await?;
        }
        self.compared = true;
        Ok(())
    }

    /// Writes the newest checkpoint to the files, if [`Marks::compare`] succeeded.
    pub(crate) async fn replace(self, newest: String) {
        if !self.compared {
            return;
        }
        let (files, complained) = (self.files, self.complained);
        let written = tokio::task::spawn_blocking(move || {
            let failed =
                files.into_iter().filter_map(|mark| mark.replace(&newest).err().map(|error| (mark.path, error)));
            let failed: Vec<_> = failed.collect();
            let mut before = complained.lock().unwrap_or_else(PoisonError::into_inner);
            for (path, error) in failed.iter().filter(|(path, _)| !before.contains(path)) {
                let path = path.display();
                tracing::error!(%error, %path, "the checkpoint could not be kept outside of the database");
            }
            *before = failed.into_iter().map(|(path, _)| path).collect();
        });
        // If the task panicked, the files are unchanged and are written the next time.
        let _ = written.await;
    }
}

/// Returns whether the tree begins with the records of this checkpoint. Returns `false` if that is
/// unknown, because the checkpoint was signed for a part of an archived segment.
async fn is_begin_of(kept: &Checkpoint, path: &Path, source: &mut Source, tree: &Frontier) -> Result<bool, SealError> {
    let there = tree.size();
    if kept.size > there {
        return Err(SealError::RolledBack { file: path.to_owned(), signed: kept.size, there });
    }
    let root = if kept.size == there { Some(tree.root()) } else { root_at(source, kept.size).await? };
    match root {
        Some(root) if root == kept.root => Ok(true),
        None if is_within_a_segment(source, kept.size).await? => Ok(false),
        _ => Err(SealError::OtherHistory { file: path.to_owned(), signed: kept.size }),
    }
}

async fn root_at(source: &mut Source, size: u64) -> Result<Option<Hash>, Unavailable> {
    let hashes = sql::nodes(source, root_needs(size)).await?;
    Ok(root(size, &hashes).ok())
}

async fn is_within_a_segment(source: &mut Source, size: u64) -> Result<bool, Unavailable> {
    let gone = segments::all(source).await?;
    Ok(gone.iter().any(|segment| segment.places.start < size && size < segment.places.end))
}
