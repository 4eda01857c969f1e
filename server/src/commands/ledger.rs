//! `doorward ledger …`

use super::progress::Progress;
use super::{CommandError, open};
use crate::config::{ArchiveLedger, CheckLedger, Config, ExportLedger, LedgerCommand, VerifyLedger};
use crate::record_index;
use crate::seal::archive::{Archive, ArchiveError};
use crate::seal::offline::{self, CheckError, ExportError};
use crate::seal::verify::{self, VerifyError, Whole};
use crate::seal::{self, LogKeyError, SealError};
use crate::store::{Engine, Source, segments};
use doorward::ledger::Verifier;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
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
    /// No record left the database.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The database did not answer.
    #[error("the database did not answer")]
    Unavailable,
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
        LedgerCommand::Archive(options) => archive(config, options).await,
        LedgerCommand::Space => space(config).await,
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
    let kept = config.retention.as_ref().map(|keep| &keep.folder);
    let archive = options.archive.as_ref().or(kept).map(PathBuf::as_path);
    let whole = verify::with_archive(&backend.database, &verifier, outside.as_deref(), archive, say).await;
    drop(progress);
    let Whole { records, archived, segments } = whole.map_err(LedgerError::from)?;
    backend.database.close().await;
    println!("The ledger is whole: {records} records.");
    match (archived, archive) {
        (0, _) => {}
        (_, Some(_)) => println!("Of them {archived} are in {segments} archived segments, whose files were read."),
        (_, None) => println!(
            "Of them {archived} in {segments} archived segments were taken by their hash; check them with --archive FOLDER"
        ),
    }
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

/// Has old records leave the database now.
async fn archive(config: &Config, options: ArchiveLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = seal::open_or_create(&key_file(config), &*backend.random).map_err(LedgerError::from)?;
    seal::all(&backend.database, &signer, backend.clock.now()).await.map_err(LedgerError::from)?;
    // Where a server runs it does the same, and one of the two goes on.
    let _ = record_index::all(&backend.database).await;
    let archive = Archive::of(config, &backend, signer.verifier(), options.to, "command");
    let (segments, held) = archive.older_than(options.before).await.map_err(LedgerError::from)?;
    for segment in &segments {
        println!("{}: {} records, {} bytes", seal::segment_name(&segment.places), segment.records, segment.bytes);
    }
    println!("{} segments left the database; no more, since {held}.", segments.len());
    backend.database.close().await;
    Ok(())
}

/// Says what the ledger takes.
async fn space(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let space = segments::space(&mut Source::reader(&backend.database)).await.map_err(|_| LedgerError::Unavailable)?;
    let what = match backend.database.engine() {
        Engine::Sqlite => {
            format!("the whole file with all else in it; {} of them are free for what comes next", space.free)
        }
        Engine::Postgres => "the ledger's tables with their indexes".to_owned(),
    };
    println!("In the database: {} records, {} bytes ({what})", space.records, space.bytes);
    println!(
        "In the archive:  {} records, {} bytes in {} files, as they were written",
        space.archived_records, space.archived_bytes, space.segments
    );
    backend.database.close().await;
    Ok(())
}

/// A file of records; compressed where its name says so.
fn records_of(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let opened = File::open(path)?;
    let compressed = path.extension().is_some_and(|extension| extension == "zst");
    Ok(if compressed { Box::new(zstd::Decoder::new(opened)?) } else { Box::new(opened) })
}

fn check(options: &CheckLedger) -> Result<(), LedgerError> {
    let verifier = public_key(&options.key)?;
    let mut records: Box<dyn Read> = Box::new(std::io::empty());
    for path in &options.files {
        records = Box::new(records.chain(file(path, records_of(path))?));
    }
    let records = BufReader::new(records);
    let checkpoint = file(&options.checkpoint, std::fs::read_to_string(&options.checkpoint))?;
    let progress = Progress::new();
    let records = offline::check(records, &checkpoint, &verifier, |done, of| progress.say(done, of));
    drop(progress);
    let records = records?;
    println!("The file is whole: {records} records.");
    Ok(())
}
