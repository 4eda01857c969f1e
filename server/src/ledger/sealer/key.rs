//! The ledger's key, in a file of its own beside the vault's.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sealer::{logs, sql};
use crate::private_file::{self, NotPrivate};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::Randomness;
use doorward::guard::Unavailable;
use doorward::ledger::{Checkpoint, LogName, Signer};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The prefix of a new log's name. 128 random bits follow, because witnesses and monitors tell logs
/// apart by name. Older logs have the name without the bits and keep it, because it is part of
/// their keys.
const NAME: &str = "doorward/ledger";
/// The limit for the key file's size.
const LONGEST_LINE: usize = 400;

#[derive(Debug, thiserror::Error)]
pub enum LogKeyError {
    #[error("the ledger's key file {0} must be a plain file for its owner alone; run: chmod 600 {0}")]
    NotPrivate(PathBuf),
    #[error("the ledger's key file {0} does not hold a key; put back the one from your backup")]
    NotAKey(PathBuf),
    #[error(
        "the ledger's key file {0} is missing, and this ledger has one already; put it back from your backup or, if it is \
         lost, start a new log: doorward ledger restart"
    )]
    Missing(PathBuf),
    #[error("this ledger is signed by the key {known}, and {file} holds another one; put the right ledger.key there")]
    OtherKey {
        /// The public key that the database knows.
        known: String,
        /// The key's file.
        file: PathBuf,
    },
    #[error("the ledger's key file {0} cannot be used")]
    Io(PathBuf, #[source] std::io::Error),
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for LogKeyError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// The content of the key file.
enum Stored {
    Nothing,
    /// An empty file, which an interrupted start of an earlier version can leave.
    Empty,
    Key(Box<Signer>),
}

/// Reads the key of this database's ledger from the file at `path`. A ledger that never signed gets
/// a new key.
///
/// Returns an error if the file is open to others or holds something else, or if the key of a
/// ledger that has signed is missing: with another key, the signed log could not continue.
pub async fn open_log(path: &Path, database: &Database, random: &dyn Randomness) -> Result<Signer, LogKeyError> {
    let mut source = Source::writer(database).await?;
    let head = sql::head(&mut source).await?;
    let known = logs::current(&mut source).await?;
    let never_signed = head.size == 0 && head.checkpoint.is_empty() && logs::ended(&mut source).await?.is_empty();
    let (signer, replaced) = match stored(path)? {
        Stored::Key(signer) => (*signer, false),
        Stored::Nothing if never_signed && known.is_none() => (create(path, random)?, false),
        Stored::Empty if never_signed => (replace_empty(path, random)?, true),
        Stored::Nothing => return Err(LogKeyError::Missing(path.to_owned())),
        Stored::Empty => return Err(LogKeyError::NotAKey(path.to_owned())),
    };
    match known {
        Some(known) if known == signer.verifier().to_string() => return Ok(signer),
        Some(_) if replaced => logs::replace_key(&mut source, signer.verifier()).await?,
        Some(known) => return Err(LogKeyError::OtherKey { known, file: path.to_owned() }),
        None if never_signed || Checkpoint::open(&head.checkpoint, signer.verifier()).is_ok() => {
            logs::begin(&mut source, signer.verifier()).await?;
        }
        // What is signed there was signed by another key. The sealer and `ledger verify` report it.
        None => return Ok(signer),
    }
    source.commit().await?;
    Ok(signer)
}

/// Reads the key in the file at `path`. Returns `None` if there is no file, and an error if the
/// file is open to others or holds something else.
pub fn read_key(path: &Path) -> Result<Option<Signer>, LogKeyError> {
    match stored(path)? {
        Stored::Nothing => Ok(None),
        Stored::Empty => Err(LogKeyError::NotAKey(path.to_owned())),
        Stored::Key(signer) => Ok(Some(*signer)),
    }
}

fn stored(path: &Path) -> Result<Stored, LogKeyError> {
    let bytes = match private_file::read(path, LONGEST_LINE) {
        Ok(bytes) => bytes,
        Err(NotPrivate::Absent) => return Ok(Stored::Nothing),
        Err(NotPrivate::NotAFile | NotPrivate::OpenToOthers) => return Err(LogKeyError::NotPrivate(path.to_owned())),
        Err(NotPrivate::Io(cause)) => return Err(LogKeyError::Io(path.to_owned(), cause)),
    };
    let text = std::str::from_utf8(&bytes).unwrap_or("not a text");
    if text.trim().is_empty() {
        return Ok(Stored::Empty);
    }
    let signer = Signer::from_secret_text(text.trim()).map_err(|_| LogKeyError::NotAKey(path.to_owned()))?;
    Ok(Stored::Key(Box::new(signer)))
}

/// Creates a key in a new file, and returns the key that the file then holds. It can be that of
/// another process that started at the same time.
pub(crate) fn create(path: &Path, random: &dyn Randomness) -> Result<Signer, LogKeyError> {
    put(path, random, |beside| match fs::hard_link(beside, path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(cause),
        _ => fs::remove_file(beside),
    })
}

fn replace_empty(path: &Path, random: &dyn Randomness) -> Result<Signer, LogKeyError> {
    put(path, random, |beside| fs::rename(beside, path))
}

/// Writes a new key to a temporary file, moves it into place, and reads back what is there then.
fn put(
    path: &Path,
    random: &dyn Randomness,
    place: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<Signer, LogKeyError> {
    let signer = Signer::generate(name(random), random);
    let mut suffix = [0; 12];
    random.fill(&mut suffix);
    let folder = path.parent().unwrap_or(Path::new("."));
    let beside = folder.join(format!(".ledger-key-{}.new", URL_SAFE_NO_PAD.encode(suffix)));
    let line = Zeroizing::new([signer.secret_text().as_bytes(), b"\n"].concat());
    let written = private_file::write_new(&beside, &line).and_then(|()| place(&beside));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    let synced = written.and_then(|()| File::open(folder)?.sync_all());
    synced.map_err(|cause| LogKeyError::Io(path.to_owned(), cause))?;
    read_key(path)?.ok_or_else(|| LogKeyError::NotAKey(path.to_owned()))
}

fn name(random: &dyn Randomness) -> LogName {
    let mut bits = [0; 16];
    random.fill(&mut bits);
    #[expect(clippy::expect_used, reason = "hexadecimal digits behind a constant that the standard allows")]
    LogName::parse(&format!("{NAME}/{:032x}", u128::from_be_bytes(bits))).expect("a name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;
    use crate::ledger::sealer::sql;
    use std::fs::{Permissions, read_dir, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    struct Place {
        folder: tempfile::TempDir,
        database: Database,
    }

    impl Place {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let address = format!("sqlite://{}?mode=rwc", folder.path().join("test.sqlite").display());
            Self { database: Database::open(&address).await.unwrap(), folder }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("ledger.key")
        }

        fn holds(&self, text: &str) {
            write(self.path(), text).unwrap();
            set_permissions(self.path(), Permissions::from_mode(0o600)).unwrap();
        }

        async fn open(&self) -> Result<String, LogKeyError> {
            let opened = open_log(&self.path(), &self.database, &SystemRandomness).await;
            opened.map(|signer| signer.verifier().to_string())
        }

        async fn sign(&self) {
            let signer = read_key(&self.path()).unwrap().unwrap();
            let origin = signer.verifier().name().clone();
            let root = doorward::ledger::Hash::of_nothing();
            let checkpoint = Checkpoint { origin, size: 1, root }.sign(&signer);
            let head = sql::Head { size: 1, sealed: doorward::Timestamp(0), checkpoint };
            let mut source = Source::writer(&self.database).await.unwrap();
            sql::set_head(&mut source, 0, &head).await.unwrap();
            source.commit().await.unwrap();
        }
    }

    #[tokio::test]
    async fn each_ledger_has_an_origin_of_its_own_and_keeps_it() {
        let (one, other) = (Place::new().await, Place::new().await);
        let (first, second) = (one.open().await.unwrap(), other.open().await.unwrap());
        assert!(first.starts_with("doorward/ledger/") && second.starts_with("doorward/ledger/"), "{first} {second}");
        assert_ne!(first.split('+').next(), second.split('+').next());
        assert_eq!(one.open().await.unwrap(), first);
        let left = read_dir(one.folder.path())
            .unwrap()
            .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("key"));
        assert_eq!(left.count(), 1, "nothing is left beside the key");
        assert_eq!(fs::metadata(one.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_key_from_before_keeps_its_name() {
        let place = Place::new().await;
        let old = Signer::generate(LogName::parse(NAME).unwrap(), &SystemRandomness);
        place.holds(&old.secret_text());
        assert_eq!(place.open().await.unwrap(), old.verifier().to_string());
    }

    #[tokio::test]
    async fn an_empty_key_file_is_filled_only_before_the_first_signature() {
        let place = Place::new().await;
        place.holds("");
        let first = place.open().await.unwrap();
        place.holds("\n");
        let second = place.open().await.unwrap();
        assert_ne!(first, second);
        place.sign().await;
        place.holds("");
        assert!(matches!(place.open().await, Err(LogKeyError::NotAKey(_))));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), "");
        fs::remove_file(place.path()).unwrap();
        assert!(matches!(place.open().await, Err(LogKeyError::Missing(_))));
        assert!(!place.path().exists(), "no other key is made");
    }

    #[tokio::test]
    async fn a_half_written_key_is_refused_and_stays() {
        let place = Place::new().await;
        place.holds("PRIVATE+KEY+doorward/led");
        assert!(matches!(place.open().await, Err(LogKeyError::NotAKey(_))));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), "PRIVATE+KEY+doorward/led");
    }

    #[tokio::test]
    async fn a_second_process_with_another_key_is_refused() {
        let place = Place::new().await;
        place.open().await.unwrap();
        place.holds(&Signer::generate(name(&SystemRandomness), &SystemRandomness).secret_text());
        assert!(matches!(place.open().await, Err(LogKeyError::OtherKey { .. })));
    }
}
