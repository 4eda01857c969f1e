//! Imports in the console: a preview that keeps the file encrypted for its session, and a
//! confirmation that imports all of it or nothing.

pub(crate) mod sql;

use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::ledger;
use crate::secrets;
use crate::secrets::import as file;
use crate::secrets::values::{Prepared, Target};
use crate::sign_in::handle;
use crate::vault::Binds;
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{AddSecret, AskToImport, ImportSecrets, PreviewImport, RotateSecret};
use app::secrets::store::{
    Becomes, Existing, ImportError, ImportFile, ImportPreview, Imported, Imports, MOST_IMPORTED, PreviewRow, SecretKind,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::{AuditEntry, Outcome, Who};
use doorward::{Environment, Principal, SecretId, TimeSpan};
use sql::{Kept, Pending};

/// How long a preview can be confirmed.
const LASTS: TimeSpan = TimeSpan::minutes(10);

/// Binds a value to the import, the session and the name for which it is kept.
struct ImportBinding<'a> {
    import: &'a str,
    session: &'a str,
    name: &'a str,
}

impl Binds for ImportBinding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = b"doorward pending import 1".to_vec();
        for part in [self.import, self.session, self.name] {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part.as_bytes());
        }
        data
    }
}

/// A name, and the value that it gets.
type NamedValue = (String, Prepared);

type Done<T> = Result<T, NotMade<ImportError>>;

fn parse(file: &ImportFile) -> Result<file::Parsed, ImportError> {
    let name = if file.name.is_empty() { "the text" } else { file.name.as_str() };
    let parsed = file::read(name, &file.text).map_err(|bad| {
        let line = bad.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        ImportError::Text(format!("{line}{}", bad.reason))
    })?;
    if parsed.entries.len() + parsed.skipped.len() > MOST_IMPORTED {
        return Err(ImportError::Text("the file has more than 1,000 names; use “doorward secrets import”".to_owned()));
    }
    if parsed.entries.is_empty() {
        return Err(ImportError::Text("there is no name with a value in this file".to_owned()));
    }
    Ok(parsed)
}

/// Returns what becomes of a name, and the secret that has it.
async fn becomes(
    source: &mut Source,
    (environment, name, kind): (&Environment, &str, SecretKind),
    existing: Existing,
    who: &Principal,
) -> Result<(Becomes, Option<SecretId>), Unavailable> {
    let Some(id) = secrets::sql::by_name(source, environment, name).await? else { return Ok((Becomes::New, None)) };
    if existing == Existing::Skip {
        return Ok((Becomes::Kept, Some(id)));
    }
    if secrets::values::sql::kind(source, id).await? != Some(kind) {
        return Ok((Becomes::Conflict, Some(id)));
    }
    let facts = secrets::sql::facts(source, id, who).await?;
    let asks = RotateSecret { id, why: StatedReason::default() };
    let may = facts.is_some_and(|facts| asks.decide(who, &facts).allows());
    Ok((if may { Becomes::NewVersion } else { Becomes::Conflict }, Some(id)))
}

impl SqlBackend {
    async fn keep(
        &self,
        source: &mut Source,
        pending: &Pending<'_>,
        entries: &[NamedValue],
    ) -> Result<(), Unavailable> {
        sql::forget_of(source, pending.session).await?;
        sql::add(source, pending).await?;
        for (position, (name, prepared)) in (0..).zip(entries) {
            let session = pending.session;
            let binding = ImportBinding { import: pending.id, session: session.as_str(), name };
            let sealed = self.vault.seal(source, &binding, &prepared.value, &*self.random).await?;
            sql::add_entry(source, pending.id, position, (name, prepared), sealed).await?;
        }
        Ok(())
    }

    async fn preview(
        &self,
        source: &mut Source,
        (environment, existing): (Environment, Existing),
        file: &ImportFile,
        who: &Principal,
    ) -> Done<ImportPreview> {
        let parsed = parse(file).map_err(NotMade::Invalid)?;
        let mut rows = Vec::new();
        let mut entries = Vec::new();
        for entry in parsed.entries {
            let (becomes, _) = becomes(source, (&environment, &entry.name, entry.kind), existing, who).await?;
            let (bytes, name, line) = (entry.value.size(), entry.name.clone(), entry.line);
            rows.push(PreviewRow { name, line, bytes, becomes });
            match Prepared::new(entry.kind, entry.value) {
                Ok(prepared) => entries.push((entry.name, prepared)),
                Err(bad) => {
                    let text = format!("line {line}: the value of {}: {}", entry.name, bad.reason);
                    return Err(NotMade::Invalid(ImportError::Text(text)));
                }
            }
        }
        for skipped in &parsed.skipped {
            let row =
                PreviewRow { name: skipped.name.clone(), line: skipped.line, bytes: 0, becomes: Becomes::NoValue };
            rows.push(row);
        }
        // Unpredictable, and worth nothing in another session.
        let (id, _) = handle::new(&*self.random);
        let id = id.expose().to_owned();
        let (session, ends) = (who.session, who.now.plus(LASTS));
        let pending = Pending { id: &id, session, environment: &environment, existing, ends };
        self.keep(source, &pending, &entries).await?;
        Ok(ImportPreview { id, environment, rows })
    }

    async fn apply(
        &self,
        source: &mut Source,
        (environment, id): (&Environment, &str),
        who: &Principal,
        asked: &Asked,
    ) -> Done<Imported> {
        let Some(existing) = sql::claim(source, id, who.session, environment, who.now).await? else {
            return Err(NotMade::Invalid(ImportError::Gone));
        };
        let mut done = Imported::default();
        for Kept { name, kind, file_name, sealed } in sql::entries(source, id).await? {
            let binding = ImportBinding { import: id, session: who.session.as_str(), name: &name };
            let value = self.vault.open_bytes(&binding, &sealed).map_err(|error| {
                tracing::error!(%error, "a value that was kept for an import does not open");
                Unavailable
            })?;
            let prepared = Prepared::again(kind, file_name, value).ok_or(Unavailable)?;
            match self.import_one(source, (environment, &name), existing, &prepared, (who, asked)).await? {
                Becomes::New => done.added += 1,
                Becomes::NewVersion => done.changed += 1,
                Becomes::Kept | Becomes::NoValue => done.kept += 1,
                Becomes::Conflict => return Err(NotMade::Invalid(ImportError::Conflict(name))),
            }
        }
        sql::forget_of(source, who.session).await?;
        Ok(done)
    }

    /// Adds or changes one secret, with a record of its own.
    async fn import_one(
        &self,
        source: &mut Source,
        (environment, name): (&Environment, &str),
        existing: Existing,
        prepared: &Prepared,
        (who, asked): (&Principal, &Asked),
    ) -> Result<Becomes, Unavailable> {
        let (becomes, known) = becomes(source, (environment, name, prepared.kind), existing, who).await?;
        let (id, version) = match (becomes, known) {
            (Becomes::New, _) => {
                let id = SecretId::new(who.now, &*self.random);
                if !secrets::sql::add(source, id, environment, name, who.identity, who.now).await? {
                    return Ok(Becomes::Conflict);
                }
                (id, 1)
            }
            (Becomes::NewVersion, Some(id)) => {
                let next = secrets::sql::next_version(source, id, who.now).await?.ok_or(Unavailable)?;
                (id, next.0)
            }
            _ => return Ok(becomes),
        };
        let target = Target { secret: id, version, environment: environment.as_str(), by: Some(who.identity) };
        self.store_version(source, &target, prepared, who.now).await?;
        let entry = self.record_of_import((id, version), (environment, name), who, asked);
        ledger::sql::append_in(source, &entry).await?;
        Ok(becomes)
    }

    fn record_of_import(
        &self,
        (id, version): (SecretId, i64),
        (environment, name): (&Environment, &str),
        who: &Principal,
        asked: &Asked,
    ) -> AuditEntry {
        AuditEntry {
            who: Some(Who::from(who)),
            resource: format!("secret:{id}"),
            parameters: format!("environment={environment}&version={version}"),
            allowed: true,
            code: "import".to_owned(),
            words: "part of an import".to_owned(),
            entry: asked.entry,
            address: asked.place.address.clone(),
            request: asked.request.clone(),
            outcome: Some(Outcome::Done),
            environment: Some(environment.clone()),
            resource_name: Some(name.to_owned()),
            ..AuditEntry::new(self.ledger.new_id(asked.now, &*self.random), asked.now, ImportSecrets::NAME)
        }
    }
}

#[async_trait]
impl Imports for SqlBackend {
    async fn environments_to_import(&self, permit: Permit<AskToImport>) -> Result<Vec<Environment>, StoreError> {
        let who = permit.principal();
        let known = secrets::environments::names(&mut self.reader()).await?;
        Ok(known.into_iter().filter(|name| who.holds(AddSecret::NAME).within(name).allows()).collect())
    }

    async fn preview_import(
        &self,
        permit: Permit<PreviewImport>,
        file: ImportFile,
        existing: Existing,
    ) -> Result<ImportPreview, ImportError> {
        let previewed = change(permit, async |source, granted| {
            let PreviewImport { environment } = granted.action;
            self.preview(source, (environment, existing), &file, &granted.principal).await
        });
        previewed.await
    }

    async fn import_secrets(
        &self,
        permit: Permit<ImportSecrets>,
        asked: &Asked,
        id: &str,
    ) -> Result<Imported, ImportError> {
        let imported = change(permit, async |source, granted| {
            self.apply(source, (&granted.action.environment, id), &granted.principal, asked).await
        });
        imported.await
    }
}
