//! `doorward ledger …`

mod check;
mod prove;

use crate::backend::SqlBackend;
use crate::cli::CommandError;
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::Engine;
use crate::db::transaction::Source;
use crate::ledger::sealer::archive::{Archive, ArchiveError};
use crate::ledger::sealer::offline::{self, CheckError, ExportError};
use crate::ledger::sealer::restart::{Plan, RestartError};
use crate::ledger::sealer::verify::VerifyError;
use crate::ledger::sealer::{self, KeptCheckpoints, LogKeyError, SealError, segments};
use crate::ledger::search::indexer;
use clap::{Args, Subcommand};
use doorward::Timestamp;
use doorward::ledger::{BadReceipt, Checkpoint, Signer, Verifier};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

const KEY_FILE: &str = "ledger.key";

/// `ledger …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum LedgerCommand {
    /// Check every sealed record, and the whole against what was signed; names the first thing that is wrong
    Verify(VerifyLedger),
    /// Seal what waits, and print the signed checkpoint; keep it outside of the database
    Checkpoint,
    /// Print the public key that checkpoints are signed by
    Key,
    /// Write every sealed record that is in the database to a file, and its checkpoint to another
    Export(ExportLedger),
    /// Check exported files against a checkpoint; needs no database
    Check(CheckLedger),
    /// Check the proof of one record, as its page gives it, and print the record; needs no database
    Prove(ProveRecord),
    /// Move old records out of the database into files that are checked first, 65,536 records each
    Archive(ArchiveLedger),
    /// Say how many records and bytes are in the database and in the archive
    Space,
    /// Begin a new log, linked to the old one, after the database was restored from a backup
    Restart(RestartLedger),
}

/// `ledger verify`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct VerifyLedger {
    /// A checkpoint that was kept outside of the database
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// The public key [default: that of the key file in the data folder]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// The folder of archived segments, to check their files too [default: --ledger-archive; without one, take them by
    /// their hashes]
    #[arg(long, value_name = "FOLDER")]
    pub archive: Option<PathBuf>,
}

/// `ledger restart`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RestartLedger {
    /// A checkpoint of the old log that was kept elsewhere; the newest that is known is recorded
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
    /// Begin it; without this, only say what would be done
    #[arg(long)]
    pub yes: bool,
}

/// `ledger archive`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ArchiveLedger {
    /// Records from before this day or time leave: 2026-01-31 (from midnight, UTC), or 2026-01-31T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = day_or_time)]
    pub before: Timestamp,
    /// The folder of the files
    #[arg(long, value_name = "FOLDER")]
    pub to: PathBuf,
}

fn day_or_time(text: &str) -> Result<Timestamp, &'static str> {
    app::ui::time::read_day_or_time(text).ok_or("a day is written like 2026-01-31, a time like 2026-01-31T09:30:00Z")
}

/// `ledger export`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ExportLedger {
    /// The file for the records (NDJSON)
    pub file: PathBuf,
    /// The file for the checkpoint
    pub checkpoint: PathBuf,
}

/// `ledger check`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CheckLedger {
    /// The archived segments (.zst), if any, in their order; then the file that `ledger export` wrote
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A checkpoint
    #[arg(required = true)]
    pub checkpoint: PathBuf,
    /// The public key, as `ledger key` printed it
    #[arg(long, value_name = "KEY")]
    pub key: String,
}

/// `ledger prove`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ProveRecord {
    /// The file with the proof
    pub file: PathBuf,
    /// The public key, as `ledger key` printed it
    #[arg(long, value_name = "KEY")]
    pub key: String,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error(transparent)]
    Key(#[from] LogKeyError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the ledger is not whole: {0}")]
    Verify(#[from] VerifyError),
    #[error("the file is not whole: {0}")]
    Check(#[from] CheckError),
    #[error("nothing is proven: {0}")]
    Proof(#[from] BadReceipt),
    #[error("nothing is proven: the file has no record in it")]
    NoRecord,
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error("this is not a public key; print it with: doorward ledger key")]
    NoKey,
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Restart(#[from] RestartError),
    #[error("nothing was changed; stop the servers, then run this again with --yes")]
    NotConfirmed,
    #[error("the database did not answer")]
    Unavailable,
    #[error("{0} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
}

/// Returns the path of the ledger's key file.
#[must_use]
pub fn key_file(config: &Config) -> PathBuf {
    config.data_dir.join(KEY_FILE)
}

pub(crate) async fn run(config: &Config, command: LedgerCommand) -> Result<(), CommandError> {
    match command {
        LedgerCommand::Verify(options) => check::database(config, options).await,
        LedgerCommand::Checkpoint => checkpoint(config).await,
        LedgerCommand::Key => key(config).await,
        LedgerCommand::Export(options) => export(config, options).await,
        LedgerCommand::Check(options) => check::files(&options).map_err(CommandError::from),
        LedgerCommand::Prove(options) => prove::record(&options).map_err(CommandError::from),
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
