//! `doorward keys …`

use crate::backend::SqlBackend;
use crate::cli::settings::Config;
use crate::cli::start::{StartError, open};
use crate::db::transaction::Source;
use crate::vault::rotate::{self, RotateError, Rotation};
use crate::vault::{KeySource, sql};
use clap::{Args, Subcommand};
use doorward::guard::Unavailable;

/// `keys …`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// List the vault's keys, and how many values need each
    List,
    /// Make a new key and wrap everything by it, while servers serve; goes on if it was interrupted
    Rotate(RotateKeys),
    /// Retire the keys that nothing needs any more, and remove them from the key file
    Retire(RetireKeys),
}

/// `keys rotate`
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RotateKeys {
    /// Only add the new key to the key file, so that it can be copied to other machines first
    #[arg(long)]
    pub prepare: bool,
}

/// `keys retire`
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RetireKeys {
    /// Only this key, by its id
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Rotate(#[from] RotateError),
    #[error(
        "{values} values cannot be decrypted, so they still need an older key; everything else is wrapped by {key}"
    )]
    Damaged { values: usize, key: String },
    #[error("{values} values still need the key {key}; wrap them by the current key first: doorward keys rotate")]
    InUse { values: i64, key: String },
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for KeysError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

pub(crate) async fn run(config: &Config, command: KeysCommand) -> Result<(), KeysError> {
    let backend = open(config).await?;
    let keys = &config.vault_keys;
    let done = match command {
        KeysCommand::List => list(&backend, keys).await,
        KeysCommand::Rotate(RotateKeys { prepare: true }) => prepare(&backend, keys).await,
        KeysCommand::Rotate(RotateKeys { prepare: false }) => rotate(&backend, keys).await,
        KeysCommand::Retire(options) => retire(&backend, keys, options.key.as_deref()).await,
    };
    backend.database.close().await;
    done
}

async fn list(backend: &SqlBackend, keys: &KeySource) -> Result<(), KeysError> {
    let mut source = Source::snapshot(&backend.database).await?;
    let (known, uses) = (sql::known(&mut source).await?, sql::uses(&mut source).await?);
    drop(source);
    let here = backend.vault.key_ids();
    for id in here.iter().filter(|id| known.iter().all(|key| key.id != **id)) {
        println!("{id}\tnot used yet\t0 values");
    }
    let current = known.iter().find(|key| key.retired.is_none()).map(|key| &key.id);
    for key in &known {
        let state = match key.retired {
            Some(_) => "retired",
            None if Some(&key.id) == current && key.rotated.is_none() => "current, rotation not finished",
            None if Some(&key.id) == current => "current",
            None => "only decrypts",
        };
        let uses = uses.iter().find(|uses| uses.key == key.id);
        let (values, direct) = uses.map_or((0, 0), |uses| (uses.values, uses.direct));
        let direct = if direct > 0 { format!(", {direct} of them without a data key") } else { String::new() };
        let missing = key.retired.is_none() && !here.contains(&key.id);
        let missing = if missing { format!(", not in {keys}") } else { String::new() };
        println!("{}\t{state}{missing}\t{values} values{direct}", key.id);
    }
    Ok(())
}

async fn prepare(backend: &SqlBackend, keys: &KeySource) -> Result<(), KeysError> {
    let id = rotate::prepare_apart(backend, keys).await?;
    println!("{keys} has the new key {id}. Nothing uses it yet.");
    println!("Copy the file to every machine, then run: doorward keys rotate");
    Ok(())
}

async fn rotate(backend: &SqlBackend, keys: &KeySource) -> Result<(), KeysError> {
    let rotation = Rotation::begin(backend, keys).await?;
    if rotation.is_new {
        println!("The new key {} is current. Keep a copy of it: it is in {keys}.", rotation.key);
    } else {
        println!("The key {} is current already.", rotation.key);
        if keys.file().is_none() {
            println!("For a new one, put it in front of the others in {keys} and restart the servers.");
        }
    }
    let Rotation { key, wrapped, damaged, .. } = rotation.finish().await?;
    println!("{wrapped} values were wrapped by it.");
    if damaged.is_empty() {
        println!("Older keys only decrypt backups now. Remove them with: doorward keys retire");
        return Ok(());
    }
    damaged.iter().for_each(|what| println!("Not decrypted: {what}"));
    Err(KeysError::Damaged { values: damaged.len(), key })
}

async fn retire(backend: &SqlBackend, keys: &KeySource, one: Option<&str>) -> Result<(), KeysError> {
    let done = rotate::retire(backend, keys, one).await?;
    for key in &done.retired {
        println!("{key} is retired. Backups from before the rotation need it: keep it with them.");
    }
    if keys.file().is_none() && !done.retired.is_empty() {
        println!("Remove it from {keys}.");
    }
    match done.kept.into_iter().next() {
        Some((key, values)) => Err(KeysError::InUse { values, key }),
        None if done.retired.is_empty() => {
            println!("Only the current key is in use.");
            Ok(())
        }
        None => Ok(()),
    }
}
