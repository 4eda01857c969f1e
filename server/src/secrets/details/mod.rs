//! The stores behind what is said about a secret, its owner, and its life after use.

pub mod deletion;
pub mod named;
mod selected;
pub mod sql;

use crate::access::policy_version;
use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use crate::secrets::{self, lists, versions};
use crate::unit::SqlUnit;
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{
    ArchiveSecret, BringBackSecret, CancelDeletion, DeleteSecret, EditSecret, GiveSecret, ReadDetails,
};
use app::secrets::store::{ArchiveError, DELETION_DELAY, Details, EditError, GiveError, NewDetails, SecretDetails};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{IdentityId, Principal, SecretId, Timestamp};

#[async_trait]
impl Details for SqlBackend {
    async fn details(&self, permit: Permit<ReadDetails>) -> Result<SecretDetails, StoreError> {
        let (id, who) = (permit.action().id, permit.principal());
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let facts = &found.facts;
        let why = StatedReason::default;
        let may_give = GiveSecret { id, to: String::new(), why: why() }.decide(who, facts).allows();
        Ok(SecretDetails {
            about: sql::about(&mut source, id).await?.ok_or(StoreError::Gone)?,
            people: if may_give { identities::sql::names(&mut source).await? } else { Vec::new() },
            may_edit: EditSecret { id, description: 0, tags: 0 }.decide(who, facts).allows(),
            may_give,
            rotation: found.rotation,
            may_archive: ArchiveSecret { id, why: why() }.decide(who, facts).allows(),
            may_delete: DeleteSecret { id, why: why() }.decide(who, facts).allows(),
            revision: found.revision,
            name: found.row.name,
            owner: found.row.owner,
        })
    }

    async fn edit_secret(&self, permit: Permit<EditSecret>, new: NewDetails, over: i64) -> Result<(), EditError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (id, who) = (spent.action.id, spent.principal);
        let later = versions::sql::advance(&mut source, id, Some(over), who.identity, who.now).await;
        if let Some(change) = later.map_err(StoreError::from)? {
            source.undo(Outcome::Invalid).await.map_err(StoreError::from)?;
            return Err(EditError::Stale(change));
        }
        sql::describe(&mut source, id, &new).await.map_err(StoreError::from)?;
        Ok(source.commit().await.map_err(StoreError::from)?)
    }

    async fn give_secret(&self, permit: Permit<GiveSecret>, over: Option<i64>) -> Result<String, GiveError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let given = self.give(&mut source, &spent.action, &spent.principal, over).await.map_err(StoreError::from)?;
        let ended = match &given {
            Ok(_) => source.commit().await,
            Err(_) => source.undo(Outcome::Invalid).await,
        };
        ended.map_err(StoreError::from)?;
        given.map(|(display_name, before)| {
            self.live.look_at(before);
            display_name
        })
    }

    async fn archive_secret(&self, permit: Permit<ArchiveSecret>) -> Result<(), ArchiveError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (id, who) = (spent.action.id, spent.principal);
        let done = sql::archive(&mut source, id, who.identity, who.now).await.map_err(StoreError::from)?;
        if !done {
            return refuse(source, ArchiveError::Already).await;
        }
        let users = self.changed_for_users(&mut source, id, (&who, "archived", "")).await.map_err(StoreError::from)?;
        source.commit().await.map_err(StoreError::from)?;
        users.into_iter().for_each(|user| self.live.look_at(user));
        Ok(())
    }

    async fn bring_back_secret(&self, permit: Permit<BringBackSecret>) -> Result<(), ArchiveError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (id, who) = (spent.action.id, spent.principal);
        if !sql::bring_back(&mut source, id).await.map_err(StoreError::from)? {
            return refuse(source, ArchiveError::Already).await;
        }
        policy_version::changed(&mut source).await.map_err(StoreError::from)?;
        self.tell_users(&mut source, id, (&who, "brought back", "")).await.map_err(StoreError::from)?;
        Ok(source.commit().await.map_err(StoreError::from)?)
    }

    async fn delete_secret(&self, permit: Permit<DeleteSecret>, typed: &str) -> Result<Timestamp, ArchiveError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (id, who) = (spent.action.id, spent.principal);
        let secret = secrets::sql::named(&mut source, id).await.map_err(StoreError::from)?.ok_or(StoreError::Gone)?;
        if secret.name != typed {
            return refuse(source, ArchiveError::OtherName).await;
        }
        let at = who.now.plus(DELETION_DELAY);
        if !sql::delete_at(&mut source, id, at).await.map_err(StoreError::from)? {
            let about = sql::about(&mut source, id).await.map_err(StoreError::from)?;
            let is_archived = about.is_some_and(|about| about.archived.is_some());
            return refuse(source, if is_archived { ArchiveError::Already } else { ArchiveError::InUse }).await;
        }
        let more = format!(", which is deleted for good on {}", app::ui::time::exact(at));
        self.tell_users(&mut source, id, (&who, "asked to delete", &more)).await.map_err(StoreError::from)?;
        source.commit().await.map_err(StoreError::from)?;
        Ok(at)
    }

    async fn cancel_deletion(&self, permit: Permit<CancelDeletion>) -> Result<(), ArchiveError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (id, who) = (spent.action.id, spent.principal);
        if !sql::keep(&mut source, id).await.map_err(StoreError::from)? {
            return refuse(source, ArchiveError::Already).await;
        }
        self.tell_users(&mut source, id, (&who, "cancelled the deletion of", "")).await.map_err(StoreError::from)?;
        Ok(source.commit().await.map_err(StoreError::from)?)
    }
}

async fn refuse<T>(source: Source, error: ArchiveError) -> Result<T, ArchiveError> {
    source.undo(Outcome::Invalid).await.map_err(StoreError::from)?;
    Err(error)
}

impl SqlBackend {
    /// Makes somebody else the owner. Returns their display name, and the owner before.
    async fn give(
        &self,
        source: &mut Source,
        action: &GiveSecret,
        who: &Principal,
        over: Option<i64>,
    ) -> Result<Result<(String, IdentityId), GiveError>, Unavailable> {
        let id = action.id;
        let Some(to) = sql::recipient(source, &action.to).await? else { return Ok(Err(GiveError::Nobody)) };
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(Err(StoreError::Gone.into())) };
        if to.identity == secret.owner {
            return Ok(Err(GiveError::Owner));
        }
        if !to.fits {
            return Ok(Err(GiveError::Unfit));
        }
        if let Some(change) = versions::sql::advance(source, id, over, who.identity, who.now).await? {
            return Ok(Err(GiveError::Stale(change)));
        }
        identities::sql::lock(source, secret.owner).await?;
        sql::give(source, id, to.identity).await?;
        identities::sql::bump_privileges_version(source, secret.owner).await?;
        policy_version::changed(source).await?;
        let (by, named) = (&who.display_name, secret.in_words());
        let told = [
            (to.identity, format!("{by} made you the owner of {named}")),
            (secret.owner, format!("{by} made {} the owner of {named}, which was yours", to.display_name)),
        ];
        for (whom, about) in told.into_iter().filter(|(whom, _)| *whom != who.identity) {
            let kind = NoticeKind::OwnerChanged;
            notices::add_about_secret(source, whom, kind, (id, &about), who.now, &*self.random).await?;
        }
        Ok(Ok((to.display_name, secret.owner)))
    }

    /// Counts a loss for everybody who could use a secret, and tells them. Returns them.
    async fn changed_for_users(
        &self,
        source: &mut Source,
        id: SecretId,
        told: (&Principal, &str, &str),
    ) -> Result<Vec<IdentityId>, Unavailable> {
        let mut users = self.tell_users(source, id, told).await?;
        users.sort();
        for user in &users {
            identities::sql::lock(source, *user).await?;
            identities::sql::bump_privileges_version(source, *user).await?;
        }
        policy_version::changed(source).await?;
        Ok(users)
    }
}
