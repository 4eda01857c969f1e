//! `doorward backup` and `doorward restore`

use crate::backend::{by_command, record_of_command};
use crate::backup::format::Hidden;
use crate::backup::load::{self, Loaded};
use crate::backup::unlock::MOST_KEY_BYTES;
use crate::backup::{DumpError, LoadError, RecoveryKey, RecoveryKeyError, Unlock, dump};
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::Config;
use crate::cli::start::{StartError, open};
use crate::clock::{SystemClock, SystemRandomness};
use crate::db::OpenError;
use crate::db::transaction::Source;
use crate::ledger;
use crate::private_file::{self, NotPrivate, folder_of, make_folder};
use crate::vault::{KeyFile, KeyFileError, KeySource};
use clap::Args;
use doorward::action::Resource;
use doorward::guard::Unavailable;
use doorward::{Clock as _, RecordId, SecretText};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The name of the key file inside a backup.
const VAULT_KEY: &str = "vault.key";
/// Everything can be tried against the file for ever, so a short passphrase is refused.
const FEWEST_CHARACTERS: usize = 12;
const MOST_PASSPHRASE: usize = 1024;

/// `backup`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct BackupCommand {
    /// The file to write; it must not exist yet
    pub file: PathBuf,
    #[command(flatten)]
    pub unlock: UnlockOptions,
    /// Make a new recovery key in this file and use it in place of a passphrase; keep it apart from the backup
    #[arg(long, value_name = "FILE", conflicts_with_all = ["passphrase_file", "recovery_key"])]
    pub new_recovery_key: Option<PathBuf>,
    /// Put the vault's key file into the backup too: then the backup alone opens every secret
    #[arg(long)]
    pub with_keys: bool,
}

/// `restore`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RestoreCommand {
    /// The file that `doorward backup` wrote
    pub file: PathBuf,
    #[command(flatten)]
    pub unlock: UnlockOptions,
}

/// What opens the file. Without either, a passphrase is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct UnlockOptions {
    /// Read the passphrase from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "recovery_key")]
    pub passphrase_file: Option<PathBuf>,
    /// Use the recovery key in this file
    #[arg(long, value_name = "FILE")]
    pub recovery_key: Option<PathBuf>,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Dump(#[from] DumpError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Prompt(#[from] PromptError),
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error("{0} exists already; it is not replaced")]
    Exists(PathBuf),
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] io::Error),
    #[error("others may use {0}; run: chmod 600 {0}")]
    OpenToOthers(PathBuf),
    #[error("{0} {1}")]
    RecoveryKey(PathBuf, RecoveryKeyError),
    #[error("the passphrase needs at least {FEWEST_CHARACTERS} characters")]
    Short,
    #[error("--with-keys needs the vault's keys in a file; yours are in {0}")]
    NoKeyFile(String),
    #[error(
        "{0} holds other keys than the backup; move it away, or name another folder with --data-dir; nothing was restored"
    )]
    OtherKeys(PathBuf),
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for BackupError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

fn of_file<T>(path: &Path, result: io::Result<T>) -> Result<T, BackupError> {
    result.map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => BackupError::Exists(path.to_owned()),
        _ => BackupError::File(path.to_owned(), cause),
    })
}

fn read_private(path: &Path, limit: usize) -> Result<Zeroizing<Vec<u8>>, BackupError> {
    private_file::read(path, limit).map_err(|error| match error {
        NotPrivate::OpenToOthers => BackupError::OpenToOthers(path.to_owned()),
        NotPrivate::Absent => BackupError::File(path.to_owned(), ErrorKind::NotFound.into()),
        NotPrivate::NotAFile => BackupError::File(path.to_owned(), ErrorKind::InvalidInput.into()),
        NotPrivate::Io(cause) => BackupError::File(path.to_owned(), cause),
    })
}

impl UnlockOptions {
    /// Returns what was named, or `None` if a passphrase has to be asked for.
    fn named(&self) -> Result<Option<Unlock>, BackupError> {
        if let Some(path) = &self.recovery_key {
            let key = RecoveryKey::parse(&read_private(path, MOST_KEY_BYTES)?);
            return key.map(|key| Some(Unlock::Key(key))).map_err(|bad| BackupError::RecoveryKey(path.clone(), bad));
        }
        let Some(path) = &self.passphrase_file else { return Ok(None) };
        let text = read_private(path, MOST_PASSPHRASE)?;
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = std::str::from_utf8(line).map_err(|_| PromptError::NoPassword)?;
        let passphrase =
            SecretText::new(line.trim_end_matches('\r').to_owned()).map_err(|_| PromptError::NoPassword)?;
        Ok(Some(Unlock::Passphrase(passphrase)))
    }
}

/// Writes a new file for its owner alone.
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn lock_with(options: &BackupCommand) -> Result<Unlock, BackupError> {
    if let Some(path) = &options.new_recovery_key {
        let key = RecoveryKey::generate(&SystemRandomness);
        let mut file = of_file(path, create(path))?;
        of_file(path, file.write_all(key.line().as_bytes()).and_then(|()| file.sync_all()))?;
        return Ok(Unlock::Key(key));
    }
    let unlock = match options.unlock.named()? {
        Some(unlock) => unlock,
        None => Unlock::Passphrase(prompt::passphrase(true)?),
    };
    match &unlock {
        Unlock::Passphrase(text) if text.expose().chars().count() < FEWEST_CHARACTERS => Err(BackupError::Short),
        _ => Ok(unlock),
    }
}

fn files(config: &Config, with_keys: bool) -> Result<BTreeMap<String, Hidden>, BackupError> {
    let mut files = BTreeMap::new();
    if with_keys {
        let KeySource::File(path) = &config.vault_keys else {
            return Err(BackupError::NoKeyFile(config.vault_keys.to_string()));
        };
        let keys = KeyFile::read(path)?.unwrap_or_default();
        files.insert(VAULT_KEY.to_owned(), Hidden(KeyFile::text(&keys)));
    }
    Ok(files)
}

pub(crate) async fn backup(config: &Config, options: BackupCommand) -> Result<(), BackupError> {
    let path = &options.file;
    let mut beside = path.clone().into_os_string();
    beside.push(".partial");
    let beside = PathBuf::from(beside);
    if path.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(path.clone()));
    }
    let backend = open(config).await?;
    let files = files(config, options.with_keys)?;
    let unlock = lock_with(&options)?;
    let lock = unlock.lock(&*backend.random).map_err(LoadError::from)?;
    let about = Resource::of("backup", path.display().to_string());
    let about = about.with("keys", if options.with_keys { "yes" } else { "no" });
    let mut source = Source::writer(&backend.database).await?;
    let entry = by_command(&backend, "backup.make", about.name, about.parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await?;
    let out = BufWriter::new(of_file(&beside, create(&beside))?);
    let dumped = dump(&backend.database, out, &lock, files, backend.clock.now()).await;
    backend.database.close().await;
    let written = dumped.map_err(BackupError::from).and_then(|(out, rows)| {
        let placed = out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|file| file.sync_all());
        // A link replaces nothing that appeared meanwhile.
        let placed = placed.and_then(|()| std::fs::hard_link(&beside, path));
        of_file(path, placed.and_then(|()| File::open(folder_of(path))?.sync_all())).map(|()| rows)
    });
    let removed = std::fs::remove_file(&beside);
    let rows = written?;
    of_file(&beside, removed)?;
    println!("{} holds {rows} rows.", path.display());
    if options.with_keys {
        println!("The vault's keys are in it: whoever opens it has every secret.");
    } else {
        println!("The vault's keys are not in it. Keep a copy of them apart: {}.", config.vault_keys);
    }
    println!("ledger.key and archived records are not in it either; keep copies of those too.");
    Ok(())
}

pub(crate) async fn restore(config: &Config, options: RestoreCommand) -> Result<(), BackupError> {
    let unlock = match options.unlock.named()? {
        Some(unlock) => unlock,
        None => Unlock::Passphrase(prompt::passphrase(false)?),
    };
    let checked = load::verify(&options.file, &unlock)?;
    let keys = checked.head.files.get(VAULT_KEY);
    let is_there = keys.map(|keys| has_these_keys(config, keys)).transpose()?;
    make_folder(&config.data_dir).map_err(|error| StartError::from(OpenError::from(error)))?;
    let now = SystemClock.now();
    let about = Resource::of("backup", options.file.display().to_string());
    let about = about.with("made-at", checked.head.at.to_string());
    let id = RecordId::new(now, &SystemRandomness);
    let entry = record_of_command((id, now), "backup.restore", about.name, about.parameters);
    let address = config.database_url.expose();
    // Before the database: what is interrupted here can be done again.
    let written = match (keys, is_there, &config.vault_keys) {
        (Some(keys), Some(false), KeySource::File(path)) => Some(write_keys(path, keys)?),
        _ => None,
    };
    let loaded = load::load(address, &options.file, &unlock, &entry, &SystemRandomness).await;
    if let (Err(_), Some(path)) = (&loaded, written) {
        of_file(path, std::fs::remove_file(path))?;
    }
    let Loaded { rows, .. } = loaded?;
    println!("{rows} rows were restored. Every session has ended, and links that were sent to people no longer count.");
    match written {
        Some(path) => println!("The vault's keys were restored to {}.", path.display()),
        None => println!("The vault's keys of the time of the backup are needed in {}.", config.vault_keys),
    }
    println!("If records were signed after the backup, the ledger goes on with: doorward ledger restart");
    Ok(())
}

fn write_keys<'a>(path: &'a Path, keys: &Hidden) -> Result<&'a Path, BackupError> {
    make_folder(folder_of(path)).map_err(KeyFileError::from)?;
    let written = create(path).and_then(|mut file| {
        file.write_all(keys.0.as_bytes())?;
        file.sync_all()?;
        File::open(folder_of(path))?.sync_all()
    });
    of_file(path, written).map(|()| path)
}

/// Returns whether the key file holds the keys of the backup, or is not there.
fn has_these_keys(config: &Config, keys: &Hidden) -> Result<bool, BackupError> {
    let KeySource::File(path) = &config.vault_keys else { return Ok(true) };
    match KeyFile::read(path)? {
        None => Ok(false),
        Some(here) if *KeyFile::text(&here) == *keys.0 => Ok(true),
        Some(_) => Err(BackupError::OtherKeys(path.clone())),
    }
}
