//! `doorward secrets import`: a file comes in whole, or not at all.

use crate::backend::SqlBackend;
use crate::cli::CommandError;
use crate::cli::prompt::{self, PromptError};
use crate::cli::settings::{Config, ImportSecrets};
use crate::cli::start::open;
use crate::db::transaction::Source;
use crate::identities::cli::by_command;
use crate::secrets;
use crate::secrets::import::{self, BadInput, LARGEST_FILE, Skipped};
use crate::sign_in::authenticate::spell_name;
use crate::vault::Binding;
use crate::{identities, ledger};
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{BadEnvironment, Environment, IdentityId, SecretId, SecretText, Timestamp};
use std::io::Read;
use std::path::Path;
use zeroize::Zeroizing;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{0} cannot be read")]
    File(String, #[source] std::io::Error),
    /// It is not text.
    #[error("{0} is not UTF-8 text{1}")]
    NotText(String, &'static str),
    /// A line is wrong.
    #[error("{0}; nothing was imported")]
    Line(#[from] BadInput),
    /// The name of the environment is wrong.
    #[error(transparent)]
    Environment(#[from] BadEnvironment),
    /// There is no such environment.
    #[error("there is no environment {0}; there are: {1}")]
    NoEnvironment(String, String),
    /// Nobody is named as the owner.
    #[error("say with --owner NAME whose the new secrets will be")]
    NoOwner,
    /// No one has that sign-in name.
    #[error("there is nobody named {0}; add them with `doorward user add`")]
    NobodyNamed(String),
    /// A stored value cannot be opened, so it cannot be compared.
    #[error("the stored value of {0} cannot be opened; nothing was imported")]
    Sealed(String),
    /// Nobody said yes.
    #[error("nothing was imported")]
    NotConfirmed,
    /// There is nobody to ask.
    #[error("nothing was imported: {0}")]
    Prompt(#[from] PromptError),
    /// The database did not answer.
    #[error("the database did not answer; nothing was imported")]
    Unavailable,
}

impl From<Unavailable> for ImportError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// What an import would do.
pub struct Plan {
    /// Into which environment.
    pub environment: Environment,
    owner: IdentityId,
    changes: Vec<Change>,
    /// Names whose value is the same already.
    pub unchanged: Vec<String>,
    /// Names without a value.
    pub skipped: Vec<Skipped>,
}

struct Change {
    name: String,
    value: SecretText,
    known: Option<SecretId>,
}

impl Plan {
    /// The names that would be added.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter(|change| change.known.is_none()).map(|change| change.name.as_str())
    }

    /// The names that would have a new version.
    pub fn updated(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter(|change| change.known.is_some()).map(|change| change.name.as_str())
    }

    fn print(&self) {
        println!("Into {}:", self.environment);
        self.added().for_each(|name| println!("  add     {name}"));
        self.updated().for_each(|name| println!("  update  {name}"));
        self.unchanged.iter().for_each(|name| println!("  same    {name}"));
        self.skipped.iter().for_each(|skip| println!("  skip    {} (line {}: {})", skip.name, skip.line, skip.reason));
    }
}

pub(crate) async fn run(config: &Config, options: ImportSecrets) -> Result<(), CommandError> {
    let file_name = name_of(&options.file);
    let text = read_file(&options.file)?;
    let backend = open(config).await?;
    let mut source = Source::writer(&backend.database).await.map_err(ImportError::from)?;
    let plan = plan(&backend, &mut source, &file_name, &text, &options.environment, options.owner.as_deref()).await?;
    drop(source);
    plan.print();
    if options.dry_run {
        println!("Nothing was imported: this was a dry run.");
        return Ok(());
    }
    if !options.yes && !prompt::confirm("Import this?").map_err(ImportError::from)? {
        return Err(ImportError::NotConfirmed.into());
    }
    // The plan is made anew inside the transaction that carries it out: what was shown may have changed meanwhile.
    let done = import(&backend, &file_name, &text, &options.environment, options.owner.as_deref()).await?;
    println!(
        "Imported: {} added, {} updated, {} the same, {} skipped.",
        done.added().count(),
        done.updated().count(),
        done.unchanged.len(),
        done.skipped.len()
    );
    backend.database.close().await;
    Ok(())
}

/// The file's name as messages have it.
fn name_of(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// Reads a file, or the standard input if its name is `-` (POSIX utility syntax guideline 13).
fn read_file(path: &Path) -> Result<Zeroizing<String>, ImportError> {
    let failed = |error| ImportError::File(name_of(path), error);
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(failed)?)
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than is allowed, so that the reader of the text sees that it is too large.
    input.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) if bytes.len() > LARGEST_FILE => Err(ImportError::Line(import::too_large(&name_of(path)))),
        Err(_) => {
            let utf_16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
            let advice = if utf_16 { ", it is UTF-16, as PowerShell writes it; save it as UTF-8" } else { "" };
            Err(ImportError::NotText(name_of(path), advice))
        }
    }
}

/// Imports a file's text, in one transaction with its records.
///
/// # Errors
/// Where a line, the environment or the owner is not right; nothing is imported then.
pub async fn import(
    backend: &SqlBackend,
    file_name: &str,
    text: &str,
    environment: &str,
    owner: Option<&str>,
) -> Result<Plan, ImportError> {
    let mut source = Source::writer(&backend.database).await?;
    let plan = plan(backend, &mut source, file_name, text, environment, owner).await?;
    let now = backend.clock.now();
    for change in &plan.changes {
        apply(backend, &mut source, &plan, change, now).await?;
    }
    source.commit().await?;
    Ok(plan)
}

async fn plan(
    backend: &SqlBackend,
    source: &mut Source,
    file_name: &str,
    text: &str,
    environment: &str,
    owner: Option<&str>,
) -> Result<Plan, ImportError> {
    let parsed = import::read(file_name, text)?;
    let environment = Environment::parse(environment)?;
    let known = secrets::sql::environments(source).await?;
    if !known.contains(&environment) {
        let names: Vec<&str> = known.iter().map(Environment::as_str).collect();
        return Err(ImportError::NoEnvironment(environment.to_string(), names.join(", ")));
    }
    let owner = find_owner(source, owner).await?;
    let mut plan = Plan { environment, owner, changes: Vec::new(), unchanged: Vec::new(), skipped: parsed.skipped };
    for entry in parsed.entries {
        let known = secrets::sql::by_name(source, &plan.environment, &entry.name).await?;
        match known {
            Some(id) if current_value(backend, source, id, &entry.name).await? == entry.value => {
                plan.unchanged.push(entry.name);
            }
            known => plan.changes.push(Change { name: entry.name, value: entry.value, known }),
        }
    }
    Ok(plan)
}

async fn find_owner(source: &mut Source, owner: Option<&str>) -> Result<IdentityId, ImportError> {
    let name = match owner {
        Some(name) => spell_name(name),
        None => identities::sql::only_person(source).await?.ok_or(ImportError::NoOwner)?,
    };
    let found = identities::sql::by_name(source, &name).await?;
    found.map(|found| found.identity).ok_or(ImportError::NobodyNamed(name))
}

async fn current_value(
    backend: &SqlBackend,
    source: &mut Source,
    id: SecretId,
    name: &str,
) -> Result<SecretText, ImportError> {
    let current = secrets::sql::current(source, id).await?.ok_or(ImportError::Unavailable)?;
    let binding = Binding { secret: id.as_str(), version: current.version, environment: &current.environment };
    backend.vault.open(&binding, &current.sealed).map_err(|_| ImportError::Sealed(name.to_owned()))
}

async fn apply(
    backend: &SqlBackend,
    source: &mut Source,
    plan: &Plan,
    change: &Change,
    now: Timestamp,
) -> Result<(), ImportError> {
    let (id, version) = match change.known {
        Some(id) => {
            let next = secrets::sql::next_version(source, id, now).await?.ok_or(ImportError::Unavailable)?;
            (id, next.0)
        }
        None => {
            let id = SecretId::new(now, &*backend.random);
            secrets::sql::add(source, id, &plan.environment, &change.name, plan.owner, now).await?;
            (id, 1)
        }
    };
    let binding = Binding { secret: id.as_str(), version, environment: plan.environment.as_str() };
    let sealed = backend.vault.seal(&binding, &change.value, &*backend.random);
    secrets::sql::add_version(source, id, version, sealed, None, now).await?;
    let parameters = format!("environment={}&version={version}", plan.environment);
    let entry = by_command(backend, "secret.import", format!("secret:{id}"), parameters);
    let entry =
        AuditEntry { environment: Some(plan.environment.clone()), resource_name: Some(change.name.clone()), ..entry };
    Ok(ledger::sql::append_in(source, &entry).await?)
}
