//! `doorward ledger …`

use super::progress::Progress;
use super::{CommandError, open};
use crate::config::{CheckLedger, Config, ExportLedger, LedgerCommand, VerifyLedger};
use crate::seal::offline::{self, CheckError, ExportError};
use crate::seal::verify::{self, VerifyError};
use crate::seal::{self, LogKeyError, SealError};
use doorward::ledger::Verifier;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// The key file's name in the data folder.
const KEY_FILE: &str = "ledger.key";

/// Why a command about the ledger did not end well.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// There is no key.
    #[error(transparent)]
    Key(#[from] LogKeyError),
    /// Nothing was sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The ledger is not whole.
    #[error("the ledger is not whole: {0}")]
    Verify(#[from] VerifyError),
    /// The file is not whole.
    #[error("the file is not whole: {0}")]
    Check(#[from] CheckError),
    /// No file was written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The text is no public key.
    #[error("this is no public key; print it with: doorward ledger key")]
    NoKey,
    /// A file cannot be read or written.
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
}

/// The ledger's key file of these settings.
#[must_use]
pub fn key_file(config: &Config) -> PathBuf {
    config.data_dir.join(KEY_FILE)
}

pub(super) async fn run(config: &Config, command: LedgerCommand) -> Result<(), CommandError> {
    match command {
        LedgerCommand::Verify(options) => verify_database(config, options).await,
        LedgerCommand::Checkpoint => checkpoint(config).await,
        LedgerCommand::Key => key(config).await,
        LedgerCommand::Export(options) => export(config, options).await,
        LedgerCommand::Check(options) => check(&options).map_err(CommandError::from),
    }
}

fn file<T>(path: &Path, result: std::io::Result<T>) -> Result<T, LedgerError> {
    result.map_err(|cause| LedgerError::File(path.to_owned(), cause))
}

fn public_key(text: &str) -> Result<Verifier, LedgerError> {
    Verifier::parse(text.trim()).map_err(|_| LedgerError::NoKey)
}

async fn verify_database(config: &Config, options: VerifyLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let verifier = match &options.key {
        Some(key) => public_key(key)?,
        None => {
            let signer = seal::open_or_create(&key_file(config), &*backend.random).map_err(LedgerError::from)?;
            signer.verifier().clone()
        }
    };
    let outside = options.checkpoint.as_ref().map(|path| file(path, std::fs::read_to_string(path))).transpose()?;
    let progress = Progress::new();
    let say = |done, of| progress.say(done, of);
    let whole = verify::database(&backend.database, &verifier, outside.as_deref(), say).await;
    drop(progress);
    let records = whole.map_err(LedgerError::from)?;
    backend.database.close().await;
    println!("The ledger is whole: {records} records.");
    Ok(())
}

async fn checkpoint(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = seal::open_or_create(&key_file(config), &*backend.random).map_err(LedgerError::from)?;
    seal::all(&backend.database, &signer, backend.clock.now()).await.map_err(LedgerError::from)?;
    let text = seal::checkpoint(&backend.database).await.map_err(LedgerError::from)?;
    backend.database.close().await;
    print!("{text}");
    Ok(())
}

async fn key(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = seal::open_or_create(&key_file(config), &*backend.random).map_err(LedgerError::from)?;
    backend.database.close().await;
    println!("{}", signer.verifier());
    Ok(())
}

async fn export(config: &Config, options: ExportLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = seal::open_or_create(&key_file(config), &*backend.random).map_err(LedgerError::from)?;
    seal::all(&backend.database, &signer, backend.clock.now()).await.map_err(LedgerError::from)?;
    let mut out = BufWriter::new(file(&options.file, File::create(&options.file))?);
    let checkpoint = offline::export(&backend.database, &mut out).await.map_err(LedgerError::from)?;
    file(&options.checkpoint, std::fs::write(&options.checkpoint, checkpoint))?;
    backend.database.close().await;
    println!("Check them anywhere with: doorward ledger check FILE CHECKPOINT --key '{}'", signer.verifier());
    Ok(())
}

fn check(options: &CheckLedger) -> Result<(), LedgerError> {
    let verifier = public_key(&options.key)?;
    let records = BufReader::new(file(&options.file, File::open(&options.file))?);
    let checkpoint = file(&options.checkpoint, std::fs::read_to_string(&options.checkpoint))?;
    let progress = Progress::new();
    let records = offline::check(records, &checkpoint, &verifier, |done, of| progress.say(done, of));
    drop(progress);
    let records = records?;
    println!("The file is whole: {records} records.");
    Ok(())
}
