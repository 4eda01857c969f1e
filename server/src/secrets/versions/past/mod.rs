//! A folder at a point in time: what has changed since, and its restoration in one transaction.

mod record;
mod sql;

use crate::access::policy_version;
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::secrets;
use crate::secrets::details;
use crate::secrets::lists::{self, Candidate};
use crate::secrets::versions::restore;
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{
    BringBackSecret, FolderThen, INVENTORY, ReadFolderThen, ReadSecret, RestoreFolder, RestoreVersion, RotateSecret,
};
use app::secrets::store::{
    FolderPast, MOST_RESTORED, PastRow, PointInTime, RestoreFolderError, RestoredFolder, SecretFacts, Since, VersionRow,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::{Principal, SecretId};
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

#[async_trait]
impl PointInTime for SqlBackend {
    async fn folder_then(&self, permit: Permit<ReadFolderThen>) -> Result<FolderPast, StoreError> {
        let who = permit.principal();
        let mut source = self.searcher();
        let mut past = match &permit.action().then {
            Some(then) => preview(&mut source, then, who).await?,
            None => FolderPast::default(),
        };
        let known = secrets::environments::names(&mut source).await?;
        past.environments =
            known.into_iter().filter(|name| who.holds(ReadSecret::NAME).within(name).allows()).collect();
        Ok(past)
    }

    async fn restore_folder(
        &self,
        permit: Permit<RestoreFolder>,
        asked: &Asked,
        seen: &str,
        form: Option<&str>,
    ) -> Result<RestoredFolder, RestoreFolderError> {
        let restored = change(permit, async |source, granted| {
            let (action, who) = (&granted.action, &granted.principal);
            self.restore_all(source, action, (who, asked), (seen, form)).await
        });
        restored.await
    }
}

/// Compares the folder with what it was. Reads no value.
async fn preview(source: &mut Source, then: &FolderThen, who: &Principal) -> Result<FolderPast, Unavailable> {
    let may_restore = who.holds(RotateSecret::NAME).within(&then.environment).allows();
    let mut past = FolderPast { may_restore, ..FolderPast::default() };
    let names = sql::names_then(source, then).await?;
    let mut all = sql::candidates(source, then, MOST_RESTORED, who).await?;
    all.extend(moved_away(source, then, (&all, &names), who).await?);
    all.retain(|candidate| ReadSecret { id: candidate.row.id }.decide(who, &candidate.facts).allows());
    past.too_many = all.len() > MOST_RESTORED;
    if !past.too_many {
        let ids: Vec<SecretId> = all.iter().map(|candidate| candidate.row.id).collect();
        let mut versions = sql::versions(source, &ids, then.at).await?;
        for candidate in all {
            if let Some(pair) = versions.remove(&candidate.row.id) {
                let name_then = names.get(&candidate.row.id).cloned();
                past.rows.push(compared(source, then, (candidate, name_then), pair, who).await?);
            }
        }
    }
    let oversees =
        who.holds(ReadSecret::NAME).within(&then.environment).and(who.holds(INVENTORY).within(&then.environment));
    if oversees.allows() {
        past.deleted = sql::deleted(source, then).await?;
    }
    past.rows.sort_by(|one, other| (one.since, &one.name, one.id).cmp(&(other.since, &other.name, other.id)));
    past.seen = digest(&past.rows);
    Ok(past)
}

/// Returns the secrets that were in the folder and have been renamed out of it.
async fn moved_away(
    source: &mut Source,
    then: &FolderThen,
    (here, names): (&[Candidate], &HashMap<SecretId, String>),
    who: &Principal,
) -> Result<Vec<Candidate>, Unavailable> {
    let here: HashSet<SecretId> = here.iter().map(|candidate| candidate.row.id).collect();
    let away = names.iter().filter(|(id, name)| sql::is_within(then, name) && !here.contains(*id));
    let ids: Vec<String> = away.map(|(id, _)| id.to_string()).collect();
    let found = lists::of_ids(source, &ids, who).await?;
    Ok(found.into_iter().filter(|candidate| candidate.row.environment == then.environment).collect())
}

/// Compares one secret with what it was.
async fn compared(
    source: &mut Source,
    then: &FolderThen,
    (candidate, name_then): (Candidate, Option<String>),
    (old, mut now): (Option<VersionRow>, VersionRow),
    who: &Principal,
) -> Result<PastRow, Unavailable> {
    let (id, facts, name) = (candidate.row.id, candidate.facts, candidate.row.name);
    now.bytes = None;
    let name_then = name_then.filter(|then| *then != name);
    let was_here = name_then.as_ref().is_none_or(|name| sql::is_within(then, name));
    let archived = if facts.archived { sql::archived_at(source, id).await? } else { None };
    let changed = match &old {
        Some(old) if old.version != now.version => {
            sql::origin(source, id, old).await? != sql::origin(source, id, &now).await?
        }
        _ => false,
    };
    let may_bring_back = BringBackSecret { id, why: StatedReason::default() }.decide(who, &facts).allows();
    let since = match (&old, archived) {
        (None, _) => Since::Added,
        _ if !was_here => Since::MovedHere,
        (_, Some(at)) if at <= then.at => Since::ArchivedBefore,
        (_, Some(_)) if !may_bring_back => Since::StaysArchived,
        (_, Some(_)) => Since::Archived { changed },
        (_, None) if changed => Since::Changed,
        (_, None) => Since::Unchanged,
    };
    let version = old.as_ref().map_or(0, |old| old.version);
    let in_use = SecretFacts { archived: false, ..facts };
    let decision = RestoreVersion { id, version, why: StatedReason::default() }.decide(who, &in_use);
    let refusal = decision.outcome().err().filter(|_| since.gets_version()).map(|reason| reason.words());
    Ok(PastRow { id, name, name_then, then: old, now, since, refusal })
}

/// Names what a preview says of each secret that would be restored.
fn digest(rows: &[PastRow]) -> String {
    let mut digest = Sha256::new();
    for row in rows.iter().filter(|row| row.since.is_restored()) {
        let then = row.then.as_ref().map_or(0, |then| then.version);
        digest.update(format!("{} {then} {} {}\n", row.id, row.now.version, row.since.gets_version()));
        digest.update(format!("{}\n", row.since == Since::Changed));
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl SqlBackend {
    async fn restore_all(
        &self,
        source: &mut Source,
        RestoreFolder { then, why }: &RestoreFolder,
        (who, asked): (&Principal, &Asked),
        (seen, form): (&str, Option<&str>),
    ) -> Result<RestoredFolder, NotMade<RestoreFolderError>> {
        once(source, who, form, RestoreFolderError::SentBefore).await?;
        let past = preview(source, then, who).await?;
        if past.too_many {
            return Err(NotMade::Invalid(RestoreFolderError::TooMany));
        }
        if past.seen != seen {
            return Err(NotMade::Invalid(RestoreFolderError::Stale));
        }
        let mut rows: Vec<_> = past.rows.into_iter().filter(|row| row.since.is_restored()).collect();
        if rows.is_empty() {
            return Err(NotMade::Invalid(RestoreFolderError::Nothing));
        }
        // Two restorations at once lock secrets in the same order.
        rows.sort_by_key(|row| row.id);
        let mut refused = Vec::new();
        for row in &rows {
            if !self.decide_one(source, row, why, (who, asked)).await? {
                refused.push(row.name.clone());
            }
        }
        if !refused.is_empty() {
            return Err(NotMade::GivenUp(RestoreFolderError::Refused(refused)));
        }
        let (mut done, mut damaged) = (RestoredFolder::default(), Vec::new());
        for row in &rows {
            match self.restore_one(source, row, why, who).await {
                Ok(()) => done.versions += usize::from(row.since.gets_version()),
                Err(NotMade::Invalid(RestoreFolderError::Damaged(version))) => damaged.extend(version),
                Err(other) => return Err(other),
            }
            done.brought_back += usize::from(matches!(row.since, Since::Archived { .. }));
        }
        if done.brought_back > 0 {
            policy_version::changed(source).await?;
        }
        if damaged.is_empty() { Ok(done) } else { Err(NotMade::Invalid(RestoreFolderError::Damaged(damaged))) }
    }

    /// Decides about one secret, with the facts as they are in this transaction, and records what was decided.
    async fn decide_one(
        &self,
        source: &mut Source,
        row: &PastRow,
        why: &StatedReason,
        by: (&Principal, &Asked),
    ) -> Result<bool, Unavailable> {
        let id = row.id;
        let Some(mut facts) = secrets::sql::facts(source, id, by.0).await? else { return Ok(false) };
        if let Since::Archived { .. } = row.since {
            let action = BringBackSecret { id, why: why.clone() };
            let decision = action.decide(by.0, &facts);
            source.record(self.record_of_one(&action, decision, &facts, by))?;
            if !decision.allows() {
                return Ok(false);
            }
            facts.archived = false;
        }
        if !row.since.gets_version() {
            return Ok(true);
        }
        let version = row.then.as_ref().map_or(0, |then| then.version);
        let action = RestoreVersion { id, version, why: why.clone() };
        let decision = action.decide(by.0, &facts);
        source.record(self.record_of_one(&action, decision, &facts, by))?;
        Ok(decision.allows())
    }

    /// Brings one secret back, and restores its version.
    async fn restore_one(
        &self,
        source: &mut Source,
        row: &PastRow,
        why: &StatedReason,
        who: &Principal,
    ) -> Result<(), NotMade<RestoreFolderError>> {
        if let Since::Archived { .. } = row.since {
            if !details::sql::bring_back(source, row.id).await? {
                return Err(NotMade::Invalid(RestoreFolderError::Stale));
            }
            self.tell_users(source, row.id, (who, "brought back", "")).await?;
        }
        let Some(then) = row.then.as_ref().filter(|_| row.since.gets_version()) else { return Ok(()) };
        let action = RestoreVersion { id: row.id, version: then.version, why: why.clone() };
        match restore(self, source, &action, who, Some(row.now.version)).await {
            Ok(_) => Ok(()),
            Err(NotMade::Store(StoreError::Damaged { version })) => {
                Err(NotMade::Invalid(RestoreFolderError::Damaged(vec![(row.name.clone(), version)])))
            }
            Err(NotMade::Store(error)) => Err(error.into()),
            // Each secret is locked by its decision, so this is a change before that.
            Err(_) => Err(NotMade::Invalid(RestoreFolderError::Stale)),
        }
    }
}
