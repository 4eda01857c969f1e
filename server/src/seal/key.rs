//! The ledger's key, in a file of its own beside the vault's.

use crate::private_file::{self, NotPrivate};
use doorward::Randomness;
use doorward::ledger::{LogName, Signer};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The name of every Doorward's ledger; keys tell them apart.
const NAME: &str = "doorward/ledger";
/// A key's line is shorter.
const LONGEST_LINE: usize = 400;

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    /// The file is open to others, or no plain file.
    #[error("the ledger's key file {0} must be a plain file for its owner alone; run: chmod 600 {0}")]
    NotPrivate(PathBuf),
    /// It holds something else.
    #[error("the ledger's key file {0} does not hold a key; put back the one from your backup")]
    NotAKey(PathBuf),
    /// The system refused.
    #[error("the ledger's key file {0} cannot be used")]
    Io(PathBuf, #[source] std::io::Error),
}

/// The key in the file at `path`; where there is none, a new one. A file that is there is never replaced.
///
/// # Errors
/// Where the file is open to others, holds something else, or cannot be made.
pub fn open_or_create(path: &Path, random: &dyn Randomness) -> Result<Signer, LogKeyError> {
    if let Some(signer) = read(path)? {
        return Ok(signer);
    }
    #[expect(clippy::expect_used, reason = "the name is a constant that the standard allows")]
    let signer = Signer::generate(LogName::parse(NAME).expect("a name"), random);
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        // Another process was first; its key is this database's.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            return read(path)?.ok_or_else(|| LogKeyError::NotAKey(path.to_owned()));
        }
        Err(cause) => return Err(LogKeyError::Io(path.to_owned(), cause)),
    };
    let line = signer.secret_text();
    let written = file.write_all(line.as_bytes()).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
    written.map_err(|cause| LogKeyError::Io(path.to_owned(), cause))?;
    Ok(signer)
}

fn read(path: &Path) -> Result<Option<Signer>, LogKeyError> {
    let bytes = match private_file::read(path, LONGEST_LINE) {
        Ok(bytes) => bytes,
        Err(NotPrivate::Absent) => return Ok(None),
        Err(NotPrivate::NotAFile | NotPrivate::OpenToOthers) => return Err(LogKeyError::NotPrivate(path.to_owned())),
        Err(NotPrivate::Io(cause)) => return Err(LogKeyError::Io(path.to_owned(), cause)),
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    Signer::from_secret_text(text.trim()).map(Some).map_err(|_| LogKeyError::NotAKey(path.to_owned()))
}
