//! Restarts the log after a restore from a backup.
//!
//! After a restore, the database has fewer records than were signed. The signed log cannot
//! continue, because it would sign two different trees of one size. So it ends, and a new log with
//! its own origin and key begins with the records that are there. Its first record describes the
//! old log: its origin and key, its last known checkpoint, and how many records both logs share.

use crate::backend::{SqlBackend, by_command};
use crate::db::transaction::Source;
use crate::ledger;
use crate::ledger::sealer::kept::KeptCheckpoints;
use crate::ledger::sealer::key::{self, LogKeyError};
use crate::ledger::sealer::sql::Head;
use crate::ledger::sealer::verify::{self, VerifyError};
use crate::ledger::sealer::{self, SealError, all, logs};
use doorward::action::Resource;
use doorward::guard::Unavailable;
use doorward::ledger::{BadCheckpoint, Checkpoint, Signer, Verifier};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    #[error(transparent)]
    Key(#[from] LogKeyError),
    #[error("a new log begins only with a ledger that is whole: {0}")]
    Verify(#[from] VerifyError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("nothing was signed yet, so there is nothing to go on from")]
    NothingSigned,
    #[error("{0}: {1}")]
    Checkpoint(PathBuf, BadCheckpoint),
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
    #[error("another process signed meanwhile; stop the servers first, then try again")]
    Overtaken,
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for RestartError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// The plan of a restart.
pub struct Plan<'a> {
    backend: &'a SqlBackend,
    key_file: &'a Path,
    kept: &'a KeptCheckpoints,
    old: Verifier,
    head: Head,
    /// The last known checkpoint of the old log, as text.
    text: String,
    /// The same, parsed.
    pub last: Checkpoint,
    /// The new key of an interrupted restart. Only the key file still has to be moved.
    unfinished: Option<Signer>,
}

impl<'a> Plan<'a> {
    /// Reads the key, the kept checkpoints and those in `named`, and verifies every record. Returns
    /// an error if nothing was signed, a named checkpoint is of another log, or the ledger is not
    /// whole.
    pub async fn new(
        backend: &'a SqlBackend,
        key_file: &'a Path,
        kept: &'a KeptCheckpoints,
        named: &[PathBuf],
        archive: Option<&Path>,
    ) -> Result<Self, RestartError> {
        let mut source = Source::snapshot(&backend.database).await?;
        let (head, known) = (sealer::sql::head(&mut source).await?, logs::current(&mut source).await?);
        drop(source);
        let unfinished =
            key::read_key(&new_key(key_file))?.filter(|signer| known.as_ref() == Some(&signer.verifier().to_string()));
        let of_file = key::read_key(key_file)?.map(|signer| signer.verifier().clone());
        let of_database = known.as_deref().and_then(|text| Verifier::parse(text).ok());
        if let (None, Some(of_file), Some(known)) = (&unfinished, &of_file, &of_database)
            && of_file != known
        {
            let (known, file) = (known.to_string(), key_file.to_owned());
            return Err(LogKeyError::OtherKey { known, file }.into());
        }
        let old = of_file.or(of_database).ok_or(RestartError::NothingSigned)?;
        let mut signed: Vec<(String, Checkpoint)> =
            kept.signed_by(&old).into_iter().map(|(_, text, checkpoint)| (text, checkpoint)).collect();
        for path in named {
            let text = sealer::read_text(path).map_err(|cause| RestartError::File(path.clone(), cause))?;
            let bad = |bad| RestartError::Checkpoint(path.clone(), bad);
            let checkpoint = Checkpoint::open(&text, &old).map_err(bad)?;
            signed.push((text, checkpoint));
        }
        if unfinished.is_none() {
            verify::with_archive(&backend.database, &old, None, archive, |_, _| ()).await?;
        }
        signed.extend(Checkpoint::open(&head.checkpoint, &old).map(|own| (head.checkpoint.clone(), own)));
        let last = signed.into_iter().max_by_key(|(_, checkpoint)| checkpoint.size);
        let (text, last) = last.ok_or(RestartError::NothingSigned)?;
        Ok(Self { backend, key_file, kept, old, head, text, last, unfinished })
    }

    /// Returns the number of records that the new log begins with.
    #[must_use]
    pub const fn begins_with(&self) -> u64 {
        self.head.size
    }

    /// Ends the old log, begins the new one, and returns its public key. After an interruption, the
    /// next call continues.
    pub async fn carry_out(self) -> Result<Verifier, RestartError> {
        let new = new_key(self.key_file);
        let signer = match self.unfinished {
            Some(signer) => signer,
            None => {
                // The key must be durable before anything is signed with it.
                let signer = match key::read_key(&new)? {
                    Some(signer) => signer,
                    None => key::create(&new, &*self.backend.random)?,
                };
                self.begin(&signer).await?;
                signer
            }
        };
        let folder = self.key_file.parent().unwrap_or(Path::new("."));
        let placed = fs::rename(&new, self.key_file).and_then(|()| File::open(folder)?.sync_all());
        placed.map_err(|cause| RestartError::File(self.key_file.to_owned(), cause))?;
        all(&self.backend.database, &signer, self.kept, self.backend.clock.now()).await?;
        Ok(signer.verifier().clone())
    }

    /// Writes, in one transaction, the record that links both logs, the end of the old log, and the
    /// new log's signature.
    async fn begin(&self, signer: &Signer) -> Result<(), RestartError> {
        let said = Resource::of("ledger", signer.verifier().name())
            .with("begins-with", self.head.size.to_string())
            .with("key", self.old.to_string())
            .with("origin", self.last.origin.as_str())
            .with("root", self.last.root.to_string())
            .with("size", self.last.size.to_string());
        let entry = by_command(self.backend, "ledger.restart", said.name, said.parameters);
        let mut source = Source::writer(&self.backend.database).await?;
        let head = sealer::sql::head(&mut source).await?;
        if (head.size, &head.checkpoint) != (self.head.size, &self.head.checkpoint) {
            return Err(RestartError::Overtaken);
        }
        if logs::current(&mut source).await?.is_none() {
            logs::begin(&mut source, &self.old).await?;
        }
        ledger::sql::append_in(&mut source, &entry).await?;
        logs::end(&mut source, &self.text, head.size, entry.at).await?;
        logs::begin(&mut source, signer.verifier()).await?;
        let checkpoint = self.signed_anew(signer)?;
        sealer::sql::set_head(&mut source, head.size, &Head { checkpoint, ..head }).await?;
        Ok(source.commit().await?)
    }

    /// Signs the existing records with the new key. Returns an empty text if there are none.
    fn signed_anew(&self, signer: &Signer) -> Result<String, RestartError> {
        let own = verify::own_checkpoint(&self.head, &self.old).map_err(VerifyError::from)?;
        let origin = signer.verifier().name().clone();
        Ok(own.map(|own| Checkpoint { origin, ..own }.sign(signer)).unwrap_or_default())
    }
}

/// The file of the new key until the old log has ended.
fn new_key(key_file: &Path) -> PathBuf {
    key_file.with_extension("key.new")
}
