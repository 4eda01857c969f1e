//! `doorward ledger verify` and `doorward ledger check`

use crate::cli::CommandError;
use crate::cli::progress::Progress;
use crate::cli::settings::Config;
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::ledger::cli::{CheckLedger, LedgerError, VerifyLedger, file, public_key, signer};
use crate::ledger::sealer::logs::{self, EndedLog};
use crate::ledger::sealer::verify::{self, Whole};
use crate::ledger::sealer::{self, KeptCheckpoints, offline};
use doorward::ledger::Checkpoint;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

pub(super) async fn database(config: &Config, options: VerifyLedger) -> Result<(), CommandError> {
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

/// Prints what is known of an ended log, to compare with what others kept of it.
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

/// Opens a file of records, compressed if its name ends in `.zst`.
fn records_of(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let opened = File::open(path)?;
    let compressed = path.extension().is_some_and(|extension| extension == "zst");
    Ok(if compressed { Box::new(zstd::Decoder::new(opened)?) } else { Box::new(opened) })
}

pub(super) fn files(options: &CheckLedger) -> Result<(), LedgerError> {
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
