//! The store that shares secrets with groups.

use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::used_forms;
use crate::identities::groups;
use crate::secrets::{self, group_grants};
use crate::unit::SqlUnit;
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{ShareWithGroup, UnshareWithGroup};
use app::secrets::store::{GroupShareError, GroupShares, SharedWithGroup};
use async_trait::async_trait;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{GroupId, IdentityId, Principal, SecretId};

/// In a larger group nobody is told: it would be a notice for each member.
const MOST_TOLD: usize = 100;

#[async_trait]
impl GroupShares for SqlBackend {
    async fn share_with_group(
        &self,
        permit: Permit<ShareWithGroup>,
        form: Option<&str>,
    ) -> Result<SharedWithGroup, GroupShareError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let shared = self.share_group(&mut source, &spent.action, &spent.principal, form).await;
        let shared = shared.map_err(StoreError::from)?;
        let ended = match shared {
            Ok(_) => source.commit().await,
            Err(_) => source.undo(Outcome::Invalid).await,
        };
        ended.map_err(StoreError::from)?;
        shared
    }

    async fn unshare_with_group(&self, permit: Permit<UnshareWithGroup>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let (UnshareWithGroup { id, from, .. }, who) = (&spent.action, &spent.principal);
        groups::sql::bump_privileges_versions(&mut source, *from).await?;
        let is_loss = group_grants::take_back(&mut source, *id, *from, who.now).await?;
        let members = if is_loss { groups::sql::member_ids(&mut source, *from).await? } else { Vec::new() };
        self.tell_members(&mut source, (*from, &members), NoticeKind::AccessRemoved, *id, who).await?;
        source.commit().await?;
        members.into_iter().for_each(|member| self.live.look_at(member));
        Ok(())
    }
}

impl SqlBackend {
    async fn share_group(
        &self,
        source: &mut Source,
        action: &ShareWithGroup,
        by: &Principal,
        form: Option<&str>,
    ) -> Result<Result<SharedWithGroup, GroupShareError>, Unavailable> {
        if !used_forms::use_up(source, by.session, form, by.now).await? {
            return Ok(Err(GroupShareError::SentBefore));
        }
        let Some(group) = groups::sql::one(source, action.with, by.now).await? else {
            return Ok(Err(StoreError::Gone.into()));
        };
        let ends = action.lasts.map(|lasts| by.now.plus(lasts));
        group_grants::give(source, action.id, action.with, by.identity, ends, by.now).await?;
        let members = groups::sql::member_ids(source, action.with).await?;
        self.tell_members(source, (action.with, &members), NoticeKind::Shared, action.id, by).await?;
        Ok(Ok(SharedWithGroup { name: group.name, members: group.members, ends }))
    }

    /// Tells each member of a small group in the same transaction what became of their access.
    async fn tell_members(
        &self,
        source: &mut Source,
        (group, members): (GroupId, &[IdentityId]),
        kind: NoticeKind,
        id: SecretId,
        by: &Principal,
    ) -> Result<(), Unavailable> {
        if members.len() > MOST_TOLD {
            return Ok(());
        }
        let Some(secret) = secrets::sql::named(source, id).await? else { return Ok(()) };
        let Some(group) = groups::sql::one(source, group, by.now).await? else { return Ok(()) };
        let (by_name, group, named) = (&by.display_name, group.name, secret.in_words());
        let about = match kind {
            NoticeKind::AccessRemoved => format!("{by_name} removed the access of your group {group} to {named}"),
            _ => format!("{by_name} shared {named} with your group {group}"),
        };
        for member in members.iter().filter(|member| **member != by.identity && **member != secret.owner) {
            notices::add_about_secret(source, *member, kind, (id, &about), by.now, &*self.random).await?;
        }
        Ok(())
    }
}
