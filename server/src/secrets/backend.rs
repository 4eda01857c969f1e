//! The stores behind the pages for secrets: each method takes a permit and reads or writes what it names.

use crate::backend::{NotMade, SqlBackend, change, once};
use crate::identities::groups;
use crate::secrets::lists::{Candidate, folders, tags};
use crate::secrets::versions::new::NewVersion;
use crate::secrets::{self, details, generate, grants, group_grants, lists, users, values, versions};
use crate::vault::SealError;
use crate::{deliveries, identities, ledger};
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::deliveries::policy::AskToDeliverSecret;
use app::page::form::stated::StatedReason;
use app::secrets::filter::{After, Filter};
use app::secrets::policy::{
    AddSecret, AskToAddSecret, AskToCopySecret, AskToExportValues, BrowseSecrets, ExportSecrets, ListCanaries,
    ListSecrets, ReadAccess, ReadCanary, ReadDetails, ReadHistory, ReadSecret, ReadUses, RenameSecret, RevealSecret,
    RotateSecret, ShareSecret, UnshareSecret, may_select,
};
use app::secrets::store::{
    AccessList, AddError, BATCH_ROWS, Export, GivenValue, HistoryRow, Listing, OpenedValue, RenameError, RotateError,
    SecretDetail, SecretKind, SecretRow, SecretUses, Secrets, ShareError, Shared,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::{Environment, Grounds, Principal, SecretId, SecretName};

/// Decides about each candidate. A full batch is followed by another one.
fn batch(candidates: Vec<Candidate>, rows: u32, who: &Principal) -> Export {
    let is_full = u32::try_from(candidates.len()) == Ok(rows);
    let last = candidates.last().filter(|_| is_full);
    let next = last.map(|last| After { name: last.row.name.clone(), id: Some(last.row.id) });
    Export { rows: lists::allowed(candidates, who), next }
}

fn first_export(filter: Filter) -> ExportSecrets {
    ExportSecrets { filter, after: After::default() }
}

#[async_trait]
impl Secrets for SqlBackend {
    async fn environments_to_add(&self, permit: Permit<AskToAddSecret>) -> Result<Vec<Environment>, StoreError> {
        let who = permit.principal();
        let known = secrets::environments::names(&mut self.reader()).await?;
        Ok(known.into_iter().filter(|name| who.holds(AddSecret::NAME).within(name).allows()).collect())
    }

    async fn add_secret(
        &self,
        permit: Permit<AddSecret>,
        kind: SecretKind,
        value: GivenValue,
        form: Option<&str>,
    ) -> Result<SecretId, AddError> {
        let added = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            let id = SecretId::new(who.now, &*self.random);
            self.add_with_value(source, id, &action, &who, (kind, value, form)).await?;
            Ok(id)
        });
        added.await
    }

    async fn list(&self, permit: Permit<ListSecrets>) -> Result<Listing, StoreError> {
        let (filter, who) = (&permit.action().filter, permit.principal());
        let mut source = self.reader();
        let (candidates, total) = lists::candidates(&mut source, filter, who).await?;
        let rows = lists::allowed(candidates, who);
        let known = secrets::environments::names(&mut source).await?;
        let environments = known.into_iter().filter(|name| who.holds(ReadSecret::NAME).within(name).allows()).collect();
        let (folders, has_more_folders) = folders::inside(&mut source, filter, who, (&rows, total)).await?;
        let suggested = tags::suggested(&mut source, filter, who).await?;
        let row_tags = tags::of_rows(&mut source, &rows).await?;
        let may_export = first_export(filter.clone()).decide(who, &()).allows();
        let may_add = AskToAddSecret.decide(who, &()).allows();
        let may_see_canaries = ListCanaries.decide(who, &()).allows();
        Ok(Listing {
            rows,
            total,
            environments,
            folders,
            has_more_folders,
            tags: suggested,
            row_tags,
            may_export,
            may_export_values: AskToExportValues.decide(who, &()).allows(),
            may_add,
            may_see_canaries,
            may_select: may_select(who),
        })
    }

    async fn secret(&self, permit: Permit<ReadSecret>) -> Result<SecretDetail, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        Ok(SecretDetail {
            about: details::sql::about(&mut source, id).await?.ok_or(StoreError::Gone)?,
            may_edit: ReadDetails { id }.decide(who, &found.facts).allows(),
            may_see_access: ReadAccess { id }.decide(who, &found.facts).allows(),
            may_mark_canary: ReadCanary { id }.decide(who, &found.facts).allows(),
            created: found.created,
            rotation: found.rotation,
            row: SecretRow { access: lists::access(who, &found.facts), ..found.row },
        })
    }

    async fn uses(&self, permit: Permit<ReadUses>) -> Result<SecretUses, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let generate::Kept { generator, public_part } = generate::kept(&mut source, id).await?;
        let value = values::sql::about(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let pending = versions::pending::sql::about(&mut source, id).await?;
        let facts = &found.facts;
        let name = SecretName::parse(&found.row.name).ok();
        let rename = name.map(|to| RenameSecret { id, to });
        let history = ReadHistory { id, rows: 0, folded: true, before: None };
        let may_rotate = RotateSecret { id, why: StatedReason::default() }.decide(who, facts).allows();
        drop(source);
        let holders = if may_rotate {
            self.holders(id, (found.row.version, found.rotation.rotated), who, facts).await?
        } else {
            None
        };
        // Ignores the missing fresh authentication, which the user can still provide, so that its
        // lack hides no button.
        Ok(SecretUses {
            may_reveal: RevealSecret { id, why: StatedReason::default() }.decide(who, facts).allows(),
            may_rotate,
            may_rename: rename.is_some_and(|rename| rename.decide(who, facts).allows()),
            may_deliver: AskToDeliverSecret { id }.decide(who, facts).allows(),
            may_copy: AskToCopySecret { id }.decide(who, facts).allows(),
            may_see_history: history.decide(who, facts).allows(),
            kind: found.row.kind,
            value,
            environment: facts.environment.clone(),
            protected: facts.protection.is_protected(),
            asks_reason: facts.protection.reason,
            needs_second_factor: facts.protection.second_factor && !who.has_second_factor,
            archived: facts.archived,
            generator,
            public_part,
            holders,
            version: found.row.version,
            pending,
            revision: found.revision,
            name: found.row.name,
        })
    }

    async fn reveal(&self, permit: Permit<RevealSecret>) -> Result<(OpenedValue, i64), StoreError> {
        let id = permit.action().id;
        let current = secrets::sql::current(&mut self.reader(), id).await?.ok_or(StoreError::Gone)?;
        let value = self.open_value(id, &current).map_err(|error| {
            tracing::error!(%error, secret = %id, version = current.version, "a value cannot be decrypted");
            match error {
                SealError::NotAuthentic => StoreError::Damaged { version: current.version },
                // The value is whole, and this server lacks its key.
                SealError::OtherKey { .. } => StoreError::Unavailable,
            }
        })?;
        if !permit.grounds().include(Grounds::OWNER) {
            let who = permit.principal().clone();
            self.tell_owner(id, &who).await;
        }
        Ok((value, current.version))
    }

    async fn rotate(
        &self,
        permit: Permit<RotateSecret>,
        value: GivenValue,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<i64, RotateError> {
        let rotated = change(permit, async |source, granted| {
            let (RotateSecret { id, why }, who) = (granted.action, granted.principal);
            once(source, &who, form, RotateError::SentBefore).await?;
            let (by, why) = (Some(who.identity), why.as_str());
            self.add_version(source, NewVersion { id, by, now: who.now, value, public: None, why, over }).await
        });
        rotated.await
    }

    async fn rename(&self, permit: Permit<RenameSecret>, over: Option<i64>) -> Result<(), RenameError> {
        let renamed = change(permit, async |source, granted| {
            let (RenameSecret { id, to }, who) = (granted.action, granted.principal);
            if let Some(change) = versions::sql::advance(source, id, over, who.identity, who.now).await? {
                return Err(NotMade::Invalid(RenameError::Stale(change)));
            }
            let renamed = secrets::sql::rename(source, id, &to, who.now).await?;
            renamed.then_some(()).ok_or(NotMade::Invalid(RenameError::Taken))
        });
        renamed.await
    }

    async fn access(&self, permit: Permit<ReadAccess>) -> Result<AccessList, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let may_share = users::share(id).decide(who, &found.facts).allows();
        let take_back = UnshareSecret { id, from: who.identity, why: StatedReason::default() };
        let may_take_back = take_back.decide(who, &found.facts).allows();
        let people = if may_share { identities::sql::names(&mut source).await? } else { Vec::new() };
        let known_groups = if may_share { groups::sql::names(&mut source).await? } else { Vec::new() };
        let grants = grants::of(&mut source, id, who.now).await?;
        let groups = group_grants::of(&mut source, id, who.now).await?;
        let users = users::of(&mut source, id, &found.facts, who).await?;
        let name = found.row.name;
        Ok(AccessList { name, grants, groups, known_groups, may_share, may_take_back, people, users })
    }

    async fn share(&self, permit: Permit<ShareSecret>, form: Option<&str>) -> Result<Shared, ShareError> {
        let shared = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            once(source, &who, form, ShareError::SentBefore).await?;
            let given = grants::give(source, &action, who.identity, who.now).await?;
            let (to, shared) = given.map_err(NotMade::Invalid)?;
            self.tell(source, to, NoticeKind::Shared, action.id, &who).await?;
            Ok(shared)
        });
        shared.await
    }

    async fn unshare(&self, permit: Permit<UnshareSecret>) -> Result<(), StoreError> {
        let lost = change(permit, async |source, granted| {
            let (UnshareSecret { id, from, .. }, who) = (granted.action, granted.principal);
            identities::sql::lock(source, from).await?;
            let is_loss = grants::take_back(source, id, from, who.now).await?;
            if is_loss {
                identities::sql::bump_privileges_version(source, from).await?;
                deliveries::sql::void_of(source, from, Some(id), who.now).await?;
                self.tell(source, from, NoticeKind::AccessRemoved, id, &who).await?;
            }
            Ok(is_loss.then_some(from))
        });
        lost.await.map(|lost| lost.into_iter().for_each(|from| self.live.look_at(from)))
    }

    async fn history(&self, permit: Permit<ReadHistory>) -> Result<Vec<HistoryRow>, StoreError> {
        Ok(ledger::sql::about_secret(&mut self.reader(), permit.action(), permit.principal()).await?)
    }

    async fn browse(&self, permit: Permit<BrowseSecrets>, limit: u32) -> Result<Export, StoreError> {
        let (who, BrowseSecrets { filter, after }) = (permit.principal(), permit.action());
        Ok(batch(lists::candidates_after(&mut self.reader(), filter, (after, limit), who).await?, limit, who))
    }

    async fn export(&self, permit: Permit<ExportSecrets>) -> Result<Export, StoreError> {
        let who = permit.principal();
        let ExportSecrets { filter, after } = permit.action();
        let candidates = lists::candidates_after(&mut self.reader(), filter, (after, BATCH_ROWS), who).await?;
        Ok(batch(candidates, BATCH_ROWS, who))
    }
}
