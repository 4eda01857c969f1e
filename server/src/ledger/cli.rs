//! `doorward ledger …`

use crate::backend::SqlBackend;
use crate::cli::CommandError;
use crate::cli::progress::Progress;
use crate::cli::settings::{
    ArchiveLedger, CheckLedger, Config, ExportLedger, LedgerCommand, RestartLedger, VerifyLedger,
};
use crate::cli::start::open;
use crate::db::Engine;
use crate::db::transaction::Source;
use crate::ledger::sealer::archive::{Archive, ArchiveError};
use crate::ledger::sealer::logs::{self, EndedLog};
use crate::ledger::sealer::offline::{self, CheckError, ExportError};
use crate::ledger::sealer::restart::{Plan, RestartError};
use crate::ledger::sealer::verify::{self, VerifyError, Whole};
use crate::ledger::sealer::{self, KeptCheckpoints, LogKeyError, SealError, segments};
use crate::ledger::search::indexer;
use doorward::ledger::{Checkpoint, Signer, Verifier};
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
    /// No new log began.
    #[error(transparent)]
    Restart(#[from] RestartError),
    /// Nobody said yes.
    #[error("nothing was changed; stop the servers first, then say --yes")]
    NotConfirmed,
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

pub(crate) async fn run(config: &Config, command: LedgerCommand) -> Result<(), CommandError> {
    match command {
        LedgerCommand::Verify(options) => verify_database(config, options).await,
        LedgerCommand::Checkpoint => checkpoint(config).await,
        LedgerCommand::Key => key(config).await,
        LedgerCommand::Export(options) => export(config, options).await,
        LedgerCommand::Check(options) => check(&options).map_err(CommandError::from),
        LedgerCommand::Archive(options) => archive(config, options).await,
        LedgerCommand::Space => space(config).await,
        LedgerCommand::Restart(options) => restart(config, options).await,
    }
}

fn file<T>(path: &Path, result: std::io::Result<T>) -> Result<T, LedgerError> {
    result.map_err(|cause| LedgerError::File(path.to_owned(), cause))
}

async fn signer(config: &Config, backend: &SqlBackend) -> Result<Signer, LedgerError> {
    Ok(sealer::open_log(&key_file(config), &backend.database, &*backend.random).await?)
}

async fn seal_all(config: &Config, backend: &SqlBackend, signer: &Signer) -> Result<(), LedgerError> {
    let kept = KeptCheckpoints::of(config);
    Ok(sealer::all(&backend.database, signer, &kept, backend.clock.now()).await.map(|_| ())?)
}

fn public_key(text: &str) -> Result<Verifier, LedgerError> {
    Verifier::parse(text.trim()).map_err(|_| LedgerError::NoKey)
}

async fn verify_database(config: &Config, options: VerifyLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let verifier = match &options.key {
        Some(key) => public_key(key)?,
        None => signer(config, &backend).await?.verifier().clone(),
    };
    let outside = options.checkpoint.as_ref().map(|path| file(path, sealer::read_text(path))).transpose()?;
    let progress = Progress::new();
    let say = |done, of| progress.say(done, of);
    let kept = config.retention.as_ref().map(|keep| &keep.folder);
    let archive = options.archive.as_ref().or(kept).map(PathBuf::as_path);
    let whole = verify::with_archive(&backend.database, &verifier, outside.as_deref(), archive, say).await;
    drop(progress);
    let Whole { records, archived, segments } = whole.map_err(LedgerError::from)?;
    KeptCheckpoints::of(config).check(&backend.database, &verifier).await.map_err(LedgerError::from)?;
    let before = logs::ended(&mut Source::reader(&backend.database)).await.map_err(|_| LedgerError::Unavailable)?;
    backend.database.close().await;
    println!("The ledger is whole: {records} records.");
    for log in &before {
        say_link(log);
    }
    match (archived, archive) {
        (0, _) => {}
        (_, Some(_)) => println!("Of them {archived} are in {segments} archived segments, whose files were read."),
        (_, None) => println!(
            "Of them {archived} in {segments} archived segments were taken by their hash; check them with --archive FOLDER"
        ),
    }
    Ok(())
}

/// Says what is known of a log that ended, so that it can be compared with what others kept of it.
fn say_link(log: &EndedLog) {
    let (name, kept) = (log.verifier.name(), log.kept);
    match Checkpoint::open(&log.checkpoint, &log.verifier) {
        Ok(Checkpoint { size, root, .. }) => {
            println!(
                "Before it there was the log {name}, of {size} records with the root {root}; this one began with {kept}."
            );
        }
        Err(_) => println!("Before it there was the log {name}; this one began with {kept} records."),
    }
}

/// Begins a new log after an honest restore.
async fn restart(config: &Config, options: RestartLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let (key_file, kept) = (key_file(config), KeptCheckpoints::of(config));
    let archive = config.retention.as_ref().map(|keep| keep.folder.as_path());
    let plan = Plan::new(&backend, &key_file, &kept, &options.checkpoint, archive).await.map_err(LedgerError::from)?;
    let Checkpoint { origin, size, root } = &plan.last;
    println!("The log {origin} ends: the last that is known of it are {size} records with the root {root}.");
    println!(
        "A new log begins with the {} records that the database has, and with a key of its own.",
        plan.begins_with()
    );
    if !options.yes {
        return Err(LedgerError::NotConfirmed.into());
    }
    let verifier = plan.carry_out().await.map_err(LedgerError::from)?;
    backend.database.close().await;
    println!("It has begun; give its public key to whoever checks the ledger: {verifier}");
    println!("Copy {} to the data folder of each server, and start the servers again.", key_file.display());
    Ok(())
}

async fn checkpoint(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = signer(config, &backend).await?;
    seal_all(config, &backend, &signer).await?;
    let text = sealer::checkpoint(&backend.database).await.map_err(LedgerError::from)?;
    backend.database.close().await;
    print!("{text}");
    Ok(())
}

async fn key(config: &Config) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = signer(config, &backend).await?;
    backend.database.close().await;
    println!("{}", signer.verifier());
    Ok(())
}

async fn export(config: &Config, options: ExportLedger) -> Result<(), CommandError> {
    let backend = open(config).await?;
    let signer = signer(config, &backend).await?;
    seal_all(config, &backend, &signer).await?;
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
    let signer = signer(config, &backend).await?;
    seal_all(config, &backend, &signer).await?;
    // Where a server runs it does the same, and one of the two goes on.
    let _ = indexer::all(&backend.database).await;
    let archive = Archive::of(config, &backend, signer.verifier(), options.to, "command");
    let (segments, held) = archive.older_than(options.before).await.map_err(LedgerError::from)?;
    for segment in &segments {
        println!("{}: {} records, {} bytes", sealer::segment_name(&segment.places), segment.records, segment.bytes);
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
    let checkpoint = file(&options.checkpoint, sealer::read_text(&options.checkpoint))?;
    let progress = Progress::new();
    let records = offline::check(records, &checkpoint, &verifier, |done, of| progress.say(done, of));
    drop(progress);
    let records = records?;
    println!("The file is whole: {records} records.");
    Ok(())
}
