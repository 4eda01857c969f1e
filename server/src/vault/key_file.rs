//! The key file: 32 random bytes as one line of base64 (RFC 4648, section 4), readable by its owner
//! only.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::Randomness;
use zeroize::Zeroizing;

use crate::private_file::{self, FolderError, NotPrivate, folder_of, make_folder};

const KEY_BYTES: usize = 32;
/// A valid line is shorter than this.
const LONGEST_LINE: usize = 100;

/// A 32-byte key, zeroed when dropped. Has no `Debug` and no `Clone`.
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// Wraps the bytes of an existing key.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Generates a new key.
    #[must_use]
    pub fn generate(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

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
    #[error("the key file {0} does not hold a key (32 bytes in base64); put back the one from your backup")]
    NotAKey(PathBuf),
    #[error("the key file {path} cannot be used: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
}

/// Opens or creates the key file.
pub struct KeyFile;

impl KeyFile {
    /// Returns the key in the file at `path`. If there is no file, creates one and makes it durable
    /// before returning.
    ///
    /// The file appears complete or not at all, even after `kill -9`, and two processes that start
    /// at once get the same key: the file is written under a temporary name and then hard-linked
    /// into place, which never replaces an existing file.
    ///
    /// # Errors
    /// If the file or its folder is accessible to others, if it is not a plain file, or if it does
    /// not contain a key. An existing file is never replaced, because everything encrypted with its
    /// key would be lost.
    pub fn open_or_create(path: &Path, random: &dyn Randomness) -> Result<Key, KeyFileError> {
        if path.file_name().is_none() {
            return Err(KeyFileError::NoName(path.to_owned()));
        }
        let folder = folder_of(path);
        make_folder(folder)?;
        if let Some(key) = read(path)? {
            return Ok(key);
        }
        create(path, folder, random)?;
        // Read the file again: another process may have created it first.
        read(path)?.ok_or_else(|| failed(path, ErrorKind::NotFound.into()))
    }
}

fn create(path: &Path, folder: &Path, random: &dyn Randomness) -> Result<(), KeyFileError> {
    let mut suffix = [0; 12];
    random.fill(&mut suffix);
    let beside = folder.join(format!(".key-{}.new", URL_SAFE_NO_PAD.encode(suffix)));
    let written = write_new(&beside, &Key::generate(random)).and_then(|()| match std::fs::hard_link(&beside, path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(failed(path, cause)),
        _ => Ok(()),
    });
    let removed = std::fs::remove_file(&beside).map_err(|cause| failed(&beside, cause));
    written.and(removed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|cause| failed(folder, cause))
}

fn write_new(path: &Path, key: &Key) -> Result<(), KeyFileError> {
    let mut line = Zeroizing::new(STANDARD.encode(key.expose()));
    line.push('\n');
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|cause| failed(path, cause))
}

/// Reads the key at `path`, or returns `None` if there is no file.
fn read(path: &Path) -> Result<Option<Key>, KeyFileError> {
    let text = match private_file::read(path, LONGEST_LINE) {
        Ok(text) => text,
        Err(NotPrivate::Absent) => return Ok(None),
        Err(NotPrivate::NotAFile) => return Err(KeyFileError::NotAFile(path.to_owned())),
        Err(NotPrivate::OpenToOthers) => return Err(KeyFileError::FileOpenToOthers(path.to_owned())),
        Err(NotPrivate::Io(cause)) => return Err(failed(path, cause)),
    };
    decode(text.trim_ascii()).map(Some).ok_or_else(|| KeyFileError::NotAKey(path.to_owned()))
}

fn decode(text: &[u8]) -> Option<Key> {
    let mut room = Zeroizing::new([0; LONGEST_LINE]);
    let length = STANDARD.decode_slice(text, &mut *room).ok()?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    (length == KEY_BYTES).then(|| bytes.copy_from_slice(&room[..KEY_BYTES]))?;
    Some(Key(bytes))
}

fn failed(path: &Path, cause: std::io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, read_dir, set_permissions, write};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Gives other bytes at each call.
    struct Counting(AtomicU64);

    impl Randomness for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let call = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            bytes.iter_mut().zip(call.iter().rev().cycle()).for_each(|(byte, one)| *byte = *one);
        }
    }

    fn counting() -> Counting {
        Counting(AtomicU64::new(1))
    }

    /// A folder as the data folder is: its owner's alone.
    fn own_folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        folder
    }

    fn open(path: &Path) -> Result<Key, KeyFileError> {
        KeyFile::open_or_create(path, &counting())
    }

    fn refusal(path: &Path) -> String {
        open(path).err().map(|error| error.to_string()).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o7777
    }

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = own_folder();
        let path = folder.path().join("key");
        write(&path, text).unwrap();
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        (folder, path)
    }

    /// The next start finds it.
    #[test]
    fn the_first_start_makes_a_key_for_its_owner_alone() {
        let folder = own_folder();
        let path = folder.path().join("data/vault/key");
        let first = open(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let random = Counting(AtomicU64::new(99));
        let second = KeyFile::open_or_create(&path, &random).unwrap();
        assert!(first.expose() == second.expose());
        assert_eq!(random.0.load(Ordering::Relaxed), 99, "randomness was used for a key that was there");
        assert_eq!(read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left beside the key");
    }

    #[test]
    fn processes_that_start_at_once_get_the_same_key() {
        let folder = own_folder();
        let path = folder.path().join("key");
        let random = counting();
        let keys: Vec<Key> = std::thread::scope(|scope| {
            let start = || scope.spawn(|| KeyFile::open_or_create(&path, &random).unwrap());
            let threads: Vec<_> = (0..8).map(|_| start()).collect();
            threads.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key.expose() == keys[0].expose()));
    }

    #[test]
    fn a_file_that_others_may_use_is_refused() {
        for open_mode in [0o604, 0o620, 0o660, 0o644] {
            let (_folder, path) = written(&STANDARD.encode([7; 32]));
            set_permissions(&path, Permissions::from_mode(open_mode)).unwrap();
            assert!(refusal(&path).contains("chmod 600"), "{open_mode:o}");
        }
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_refused() {
        let (folder, path) = written(&STANDARD.encode([7; 32]));
        set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(refusal(&path).contains("chmod 700"));
    }

    #[test]
    fn what_is_no_key_is_refused_and_stays_as_it_is() {
        let texts = ["", "\n", "short", &STANDARD.encode([7; 31]), &STANDARD.encode([7; 33]), &"A".repeat(5000)];
        for text in texts {
            let (_folder, path) = written(text);
            assert!(refusal(&path).contains("does not hold a key"), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_mounted_key_is_read_through_its_link() {
        let (folder, path) = written(&STANDARD.encode([7; 32]));
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
        assert!(open(&link).unwrap().expose() == &[7; 32]);
    }

    #[test]
    fn a_link_to_nothing_or_a_folder_is_no_key_file() {
        let (folder, _) = written(&STANDARD.encode([7; 32]));
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nothing"), &dangling).unwrap();
        assert!(refusal(&dangling).contains("not a plain file"));
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        assert!(refusal(&inner).contains("not a plain file"));
    }

    #[test]
    fn no_error_repeats_the_files_text() {
        let (_folder, path) = written("hunter2");
        assert!(!refusal(&path).contains("hunter2"));
        assert!(!format!("{:?}", open(&path).err()).contains("hunter2"));
    }
}
