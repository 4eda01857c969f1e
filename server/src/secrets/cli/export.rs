//! `doorward secrets export --values`: values as one encrypted file.

use crate::backend::{SqlBackend, by_command};
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::Config;
use crate::cli::start::{StartError, open};
use crate::db::transaction::Source;
use crate::ledger;
use crate::private_file::{self, folder_of};
use crate::secrets;
use crate::secrets::values::export::{recipient, write};
use crate::secrets::values::{age, sql};
use app::secrets::policy::ExportValue;
use app::secrets::store::{ExportError, ExportTo, ExportedValue, Folder};
use clap::Args;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{BadEnvironment, Environment, SecretText};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

const MOST_PASSPHRASE: usize = 1024;

/// `secrets export`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ExportSecrets {
    /// Export the values; each of them is recorded
    #[arg(long, required = true)]
    pub values: bool,
    /// The environment to export
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// Only what is in this folder, for example team/service
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
    /// The public key of age (age1…) to encrypt for. Without it, a passphrase is asked for
    #[arg(long, value_name = "KEY", conflicts_with = "passphrase_file")]
    pub recipient: Option<String>,
    /// Read the passphrase from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// The file to write; it must not exist yet
    pub file: PathBuf,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportValuesError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Prompt(#[from] PromptError),
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    #[error("there is no environment {0}")]
    NoEnvironment(Environment),
    #[error("{0} is not a folder")]
    Folder(String),
    #[error("{0}; nothing was exported")]
    Export(#[from] ExportError),
    #[error("the value of {0} cannot be decrypted; nothing was exported")]
    Sealed(String),
    #[error("{0} exists already; it is not replaced")]
    Exists(PathBuf),
    #[error("{0} cannot be used, or others may use it")]
    File(PathBuf, #[source] Option<io::Error>),
    #[error("the database did not answer; nothing was exported")]
    Unavailable,
}

impl From<Unavailable> for ExportValuesError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

fn read_recipient(options: &ExportSecrets) -> Result<ExportTo, ExportValuesError> {
    if let Some(key) = &options.recipient {
        return Ok(ExportTo::Key(key.clone()));
    }
    let Some(path) = &options.passphrase_file else { return Ok(ExportTo::Passphrase(prompt::passphrase(true)?)) };
    let text = private_file::read(path, MOST_PASSPHRASE).map_err(|_| ExportValuesError::File(path.clone(), None))?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| PromptError::NoPassword)?.trim_end_matches('\r');
    Ok(ExportTo::Passphrase(SecretText::new(line.to_owned()).map_err(|_| PromptError::NoPassword)?))
}

pub(super) async fn run(config: &Config, options: ExportSecrets) -> Result<(), ExportValuesError> {
    let environment = Environment::parse(&options.environment)?;
    let folder = match &options.folder {
        Some(text) => Some(Folder::parse(text).ok_or_else(|| ExportValuesError::Folder(text.clone()))?),
        None => None,
    };
    if options.file.symlink_metadata().is_ok() {
        return Err(ExportValuesError::Exists(options.file));
    }
    let to = recipient(&read_recipient(&options)?).map_err(ExportError::from)?;
    let backend = open(config).await?;
    let values = take(&backend, &environment, folder.as_ref()).await?;
    let json = write(&values)?;
    let encrypted = age::encrypt(&to, &json, &*backend.random).ok_or(ExportValuesError::Unavailable)?;
    let written = private_file::write_new(&options.file, &encrypted);
    let written = written.and_then(|()| File::open(folder_of(&options.file))?.sync_all());
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => ExportValuesError::Exists(options.file.clone()),
        _ => ExportValuesError::File(options.file.clone(), Some(error)),
    })?;
    let count = if values.len() == 1 { "1 value".to_owned() } else { format!("{} values", values.len()) };
    println!("{} holds {count} of {environment}, encrypted.", options.file.display());
    backend.database.close().await;
    Ok(())
}

/// Decrypts the values in one transaction with a record for each. Nothing is handed out before the records are stored.
async fn take(
    backend: &SqlBackend,
    environment: &Environment,
    folder: Option<&Folder>,
) -> Result<Vec<ExportedValue>, ExportValuesError> {
    let mut source = Source::writer(&backend.database).await?;
    if !secrets::environments::names(&mut source).await?.contains(environment) {
        return Err(ExportValuesError::NoEnvironment(environment.clone()));
    }
    let mut values = Vec::new();
    for (id, name) in sql::all_in(&mut source, environment, folder).await? {
        let Some(current) = secrets::sql::current(&mut source, id).await? else { continue };
        let opened = backend.open_value(id, &current).map_err(|_| ExportValuesError::Sealed(name.clone()))?;
        let parameters = format!("by=export&environment={environment}&version={}", current.version);
        let entry = by_command(backend, ExportValue::NAME, format!("secret:{id}"), parameters);
        let entry = AuditEntry { environment: Some(environment.clone()), resource_name: Some(name.clone()), ..entry };
        ledger::sql::append_in(&mut source, &entry).await?;
        values.push(ExportedValue { name, opened });
    }
    if values.is_empty() {
        return Err(ExportError::Nothing.into());
    }
    source.commit().await?;
    Ok(values)
}
