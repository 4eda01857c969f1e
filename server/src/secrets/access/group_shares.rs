//! The store that shares secrets with groups.

use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::identities::groups;
use crate::secrets::{self, group_grants};
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{ShareWithGroup, UnshareWithGroup};
use app::secrets::store::{GroupShareError, GroupShares, SharedWithGroup};
use async_trait::async_trait;
use doorward::guard::Unavailable;
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
        let shared = change(permit, async |source, granted| {
            self.share_group(source, &granted.action, &granted.principal, form).await
        });
        shared.await
    }

    async fn unshare_with_group(&self, permit: Permit<UnshareWithGroup>) -> Result<(), StoreError> {
        let lost = change(permit, async |source, granted| {
            let (UnshareWithGroup { id, from, .. }, who) = (&granted.action, &granted.principal);
            groups::sql::bump_privileges_versions(source, *from).await?;
            let is_loss = group_grants::take_back(source, *id, *from, who.now).await?;
            let members = if is_loss { groups::sql::member_ids(source, *from).await? } else { Vec::new() };
            self.tell_members(source, (*from, &members), NoticeKind::AccessRemoved, *id, who).await?;
            Ok(members)
        });
        lost.await.map(|lost| lost.into_iter().for_each(|member| self.live.look_at(member)))
    }
}

impl SqlBackend {
    async fn share_group(
        &self,
        source: &mut Source,
        action: &ShareWithGroup,
        by: &Principal,
        form: Option<&str>,
    ) -> Result<SharedWithGroup, NotMade<GroupShareError>> {
        once(source, by, form, GroupShareError::SentBefore).await?;
        let Some(group) = groups::sql::one(source, action.with, by.now).await? else {
            return Err(NotMade::Invalid(StoreError::Gone.into()));
        };
        let ends = action.lasts.map(|lasts| by.now.plus(lasts));
        group_grants::give(source, action.id, action.with, by.identity, ends, by.now).await?;
        let members = groups::sql::member_ids(source, action.with).await?;
        self.tell_members(source, (action.with, &members), NoticeKind::Shared, action.id, by).await?;
        Ok(SharedWithGroup { name: group.name, members: group.members, ends })
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
