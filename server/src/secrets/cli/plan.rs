//! What an import would do, and doing it.

use crate::backend::{SqlBackend, by_command};
use crate::db::transaction::Source;
use crate::secrets;
use crate::secrets::cli::ImportError;
use crate::secrets::import::{self as file, BadInput, Skipped};
use crate::secrets::values::{Prepared, Target};
use crate::sign_in::authenticate::spell_name;
use crate::{identities, ledger};
use doorward::ledger::AuditEntry;
use doorward::{Environment, IdentityId, SecretId, Timestamp};

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
    prepared: Prepared,
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

    pub(super) fn print(&self) {
        println!("Into {}:", self.environment);
        self.added().for_each(|name| println!("  add     {name}"));
        self.updated().for_each(|name| println!("  update  {name}"));
        self.unchanged.iter().for_each(|name| println!("  same    {name}"));
        self.skipped.iter().for_each(|skip| println!("  skip    {} (line {}: {})", skip.name, skip.line, skip.reason));
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

pub(super) async fn plan(
    backend: &SqlBackend,
    source: &mut Source,
    file_name: &str,
    text: &str,
    environment: &str,
    owner: Option<&str>,
) -> Result<Plan, ImportError> {
    let parsed = file::read(file_name, text)?;
    let environment = Environment::parse(environment)?;
    let known = secrets::environments::names(source).await?;
    if !known.contains(&environment) {
        let names: Vec<&str> = known.iter().map(Environment::as_str).collect();
        return Err(ImportError::NoEnvironment(environment.to_string(), names.join(", ")));
    }
    let owner = find_owner(source, owner).await?;
    let mut plan = Plan { environment, owner, changes: Vec::new(), unchanged: Vec::new(), skipped: parsed.skipped };
    for entry in parsed.entries {
        let known = secrets::sql::by_name(source, &plan.environment, &entry.name).await?;
        let prepared = Prepared::new(entry.kind, entry.value).map_err(|bad| BadInput {
            file: file_name.to_owned(),
            line: Some(entry.line),
            reason: format!("the value of {}: {}", entry.name, bad.reason),
        })?;
        match known {
            Some(id) if is_current(backend, source, id, &entry.name, &prepared).await? => {
                plan.unchanged.push(entry.name);
            }
            known => plan.changes.push(Change { name: entry.name, prepared, known }),
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

/// Returns whether a secret has this value already.
async fn is_current(
    backend: &SqlBackend,
    source: &mut Source,
    id: SecretId,
    name: &str,
    new: &Prepared,
) -> Result<bool, ImportError> {
    let about = secrets::details::sql::about(source, id).await?;
    if about.is_some_and(|about| about.archived.is_some()) {
        return Err(ImportError::Archived(name.to_owned()));
    }
    let current = secrets::sql::current(source, id).await?.ok_or(ImportError::Unavailable)?;
    if current.kind != new.kind {
        return Err(ImportError::OtherKind(name.to_owned(), current.kind.as_str()));
    }
    let opened = backend.open_value(id, &current).map_err(|_| ImportError::Sealed(name.to_owned()))?;
    Ok(opened.value == new.value && opened.file_name == new.about.file_name)
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
            if !secrets::sql::add(source, id, &plan.environment, &change.name, plan.owner, now).await? {
                return Err(doorward::guard::Unavailable.into());
            }
            (id, 1)
        }
    };
    let target = Target { secret: id, version, environment: plan.environment.as_str(), by: None };
    backend.store_version(source, &target, &change.prepared, now).await?;
    let parameters = format!("environment={}&version={version}", plan.environment);
    let entry = by_command(backend, "secret.import", format!("secret:{id}"), parameters);
    let entry =
        AuditEntry { environment: Some(plan.environment.clone()), resource_name: Some(change.name.clone()), ..entry };
    Ok(ledger::sql::append_in(source, &entry).await?)
}
