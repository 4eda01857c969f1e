//! The stores behind what is said about a secret, its owner, and its life after use.

pub mod deletion;
pub mod named;
mod selected;
pub mod sql;

use crate::access::policy_version;
use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities;
use crate::secrets::{self, lists, versions};
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
        let edited = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            if let Some(change) = versions::sql::advance(source, id, Some(over), who.identity, who.now).await? {
                return Err(NotMade::Invalid(EditError::Stale(change)));
            }
            Ok(sql::describe(source, id, &new).await?)
        });
        edited.await
    }

    async fn give_secret(&self, permit: Permit<GiveSecret>, over: Option<i64>) -> Result<String, GiveError> {
        let given = change(permit, async |source, granted| {
            self.give(source, &granted.action, &granted.principal, over).await?.map_err(NotMade::Invalid)
        });
        let (display_name, before) = given.await?;
        self.live.look_at(before);
        Ok(display_name)
    }

    async fn archive_secret(&self, permit: Permit<ArchiveSecret>) -> Result<(), ArchiveError> {
        let users = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            if !sql::archive(source, id, who.identity, who.now).await? {
                return Err(NotMade::Invalid(ArchiveError::Already));
            }
            Ok(self.changed_for_users(source, id, (&who, "archived", "")).await?)
        });
        users.await?.into_iter().for_each(|user| self.live.look_at(user));
        Ok(())
    }

    async fn bring_back_secret(&self, permit: Permit<BringBackSecret>) -> Result<(), ArchiveError> {
        let brought_back = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            if !sql::bring_back(source, id).await? {
                return Err(NotMade::Invalid(ArchiveError::Already));
            }
            policy_version::changed(source).await?;
            self.tell_users(source, id, (&who, "brought back", "")).await?;
            Ok(())
        });
        brought_back.await
    }

    async fn delete_secret(&self, permit: Permit<DeleteSecret>, typed: &str) -> Result<Timestamp, ArchiveError> {
        let planned = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            let secret = secrets::sql::named(source, id).await?.ok_or(StoreError::Gone)?;
            if secret.name != typed {
                return Err(NotMade::Invalid(ArchiveError::OtherName));
            }
            let at = who.now.plus(DELETION_DELAY);
            if !sql::delete_at(source, id, at).await? {
                let about = sql::about(source, id).await?;
                let is_archived = about.is_some_and(|about| about.archived.is_some());
                return Err(NotMade::Invalid(if is_archived { ArchiveError::Already } else { ArchiveError::InUse }));
            }
            let more = format!(", which is deleted for good on {}", app::ui::time::exact(at));
            self.tell_users(source, id, (&who, "asked to delete", &more)).await?;
            Ok(at)
        });
        planned.await
    }

    async fn cancel_deletion(&self, permit: Permit<CancelDeletion>) -> Result<(), ArchiveError> {
        let cancelled = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            if !sql::keep(source, id).await? {
                return Err(NotMade::Invalid(ArchiveError::Already));
            }
            self.tell_users(source, id, (&who, "cancelled the deletion of", "")).await?;
            Ok(())
        });
        cancelled.await
    }
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
