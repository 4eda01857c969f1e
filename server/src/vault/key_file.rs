//! The key file: vault keys, one a line, the newest first, readable by its owner only.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::Randomness;
use rustix::fs::{FlockOperation, flock};
use zeroize::Zeroizing;

use crate::private_file::{self, FolderError, NotPrivate, folder_of, make_folder};
use crate::vault::key::{self, BadKeys, Key, MOST_BYTES};

/// The name under which a changed file is written before it takes the key file's place.
const CHANGED: &str = ".vault-keys.new";

/// Why there is no key. Each message says what to do about it, if something can be done.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("{0} cannot name a key file")]
    NoName(PathBuf),
    #[error("the key file {0} may be used by others than its owner; run: chmod 600 {0}")]
    FileOpenToOthers(PathBuf),
    #[error("the key file's folder cannot be used: {0}")]
    Folder(#[from] FolderError),
    #[error("the key file {0} is not a plain file")]
    NotAFile(PathBuf),
    #[error("the key file {0} {1}; put back the one from your backup")]
    Bad(PathBuf, BadKeys),
    #[error("the key file {path} cannot be used: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("the key file {path} cannot be changed: {cause}; if it is mounted, change it at its source")]
    Unchangeable { path: PathBuf, cause: std::io::Error },
}

/// Opens, creates or changes the key file.
pub struct KeyFile;

impl KeyFile {
    /// Returns the keys in the file at `path`. If there is no file, creates one with one key and
    /// makes it durable before returning.
    ///
    /// The file appears complete or not at all, even after `kill -9`, and two processes that start
    /// at once get the same key: the file is written under a temporary name and then hard-linked
    /// into place, which never replaces an existing file.
    ///
    /// # Errors
    /// If the file or its folder is accessible to others, if it is not a plain file, or if it does
    /// not contain keys. Such a file is never replaced, because everything encrypted with its
    /// keys would be lost.
    pub fn open_or_create(path: &Path, random: &dyn Randomness) -> Result<Vec<Key>, KeyFileError> {
        if path.file_name().is_none() {
            return Err(KeyFileError::NoName(path.to_owned()));
        }
        let folder = folder_of(path);
        make_folder(folder)?;
        if let Some(keys) = Self::read(path)? {
            return Ok(keys);
        }
        create(path, folder, random)?;
        // Read the file again: another process may have created it first.
        Self::read(path)?.ok_or_else(|| failed(path, ErrorKind::NotFound.into()))
    }

    /// Reads the keys at `path`, or returns `None` if there is no file.
    pub fn read(path: &Path) -> Result<Option<Vec<Key>>, KeyFileError> {
        let text = match private_file::read(path, MOST_BYTES) {
            Ok(text) => text,
            Err(NotPrivate::Absent) => return Ok(None),
            Err(NotPrivate::NotAFile) => return Err(KeyFileError::NotAFile(path.to_owned())),
            Err(NotPrivate::OpenToOthers) => return Err(KeyFileError::FileOpenToOthers(path.to_owned())),
            Err(NotPrivate::Io(cause)) => return Err(failed(path, cause)),
        };
        key::parse(&text).map(Some).map_err(|bad| KeyFileError::Bad(path.to_owned(), bad))
    }

    /// Changes the keys of an existing file, one process at a time. The new file is durable before
    /// it replaces the old one, and it replaces it as a whole.
    pub fn change(path: &Path, change: impl FnOnce(&mut Vec<Key>)) -> Result<Vec<Key>, KeyFileError> {
        // A link stays, and the file that it leads to is changed.
        let real = path.canonicalize().map_err(|cause| failed(path, cause))?;
        let folder = folder_of(&real);
        make_folder(folder)?;
        let unchangeable = |cause| KeyFileError::Unchangeable { path: path.to_owned(), cause };
        let opened = File::open(folder).map_err(unchangeable)?;
        // Held until `opened` is closed, also by a kill.
        flock(&opened, FlockOperation::LockExclusive).map_err(|cause| unchangeable(cause.into()))?;
        let mut keys = Self::read(&real)?.ok_or_else(|| failed(path, ErrorKind::NotFound.into()))?;
        let before: Vec<String> = keys.iter().map(Key::id).collect();
        change(&mut keys);
        if keys.iter().map(Key::id).collect::<Vec<_>>() != before {
            replace(&real, folder, &keys).and_then(|()| opened.sync_all()).map_err(unchangeable)?;
        }
        Ok(keys)
    }
}

impl KeyFile {
    /// Returns the text of a file with these keys.
    #[must_use]
    pub fn text(keys: &[Key]) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(MOST_BYTES));
        for key in keys {
            key.write_to(&mut text);
            text.push('\n');
        }
        text
    }
}

fn create(path: &Path, folder: &Path, random: &dyn Randomness) -> Result<(), KeyFileError> {
    let mut suffix = [0; 12];
    random.fill(&mut suffix);
    let beside = folder.join(format!(".key-{}.new", URL_SAFE_NO_PAD.encode(suffix)));
    let written = private_file::write_new(&beside, KeyFile::text(&[Key::generate(random)]).as_bytes())
        .map_err(|cause| failed(&beside, cause));
    let written = written.and_then(|()| match std::fs::hard_link(&beside, path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(failed(path, cause)),
        _ => Ok(()),
    });
    let removed = std::fs::remove_file(&beside).map_err(|cause| failed(&beside, cause));
    written.and(removed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|cause| failed(folder, cause))
}

fn replace(path: &Path, folder: &Path, keys: &[Key]) -> std::io::Result<()> {
    let beside = folder.join(CHANGED);
    // What a process that was killed has left.
    match std::fs::remove_file(&beside) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let placed =
        private_file::write_new(&beside, KeyFile::text(keys).as_bytes()).and_then(|()| std::fs::rename(&beside, path));
    placed.inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

fn failed(path: &Path, cause: std::io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests;
