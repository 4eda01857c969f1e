//! The changes of one secret of a selection, as its own page makes them.

use crate::access::policy_version;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::secrets::details::sql;
use crate::secrets::{self, grants, versions};
use app::account::notices::NoticeKind;
use app::backend::StoreError;
use app::page::form::stated::StatedReason;
use app::secrets::policy::{GiveSecret, ShareSecret};
use app::secrets::store::{Change, GiveError, NewDetails, NotDone, SelectedRow, ShareError, Tag, Verdict};
use doorward::guard::Unavailable;
use doorward::{IdentityId, Principal, SecretId, SecretName};

/// Whose open pages are out of date, or why the secret was not changed.
type Changed = Result<Result<Vec<IdentityId>, Verdict>, NotDone>;

impl SqlBackend {
    pub(super) async fn change_row(
        &self,
        source: &mut Source,
        row: &SelectedRow,
        change: &Change,
        (who, why): (&Principal, &StatedReason),
    ) -> Changed {
        let id = row.id;
        match (change, &row.verdict) {
            (_, Verdict::Stays) => Ok(Ok(Vec::new())),
            (Change::AddTags(_) | Change::RemoveTags(_), Verdict::Tags(tags)) => {
                tag(source, id, tags, who).await?;
                Ok(Ok(Vec::new()))
            }
            (Change::Move(_), Verdict::Named(name)) => Ok(rename(source, id, name, who).await?),
            (Change::Archive, Verdict::Allowed) => self.archive_row(source, id, who).await,
            (Change::BringBack, Verdict::Allowed) => self.bring_back_row(source, id, who).await,
            (Change::Share { with, lasts }, Verdict::Allowed) => {
                let action = ShareSecret { id, with: with.clone(), lasts: *lasts, why: why.clone() };
                self.share_row(source, &action, who).await
            }
            (Change::Give { to }, Verdict::Allowed) => {
                let action = GiveSecret { id, to: to.clone(), why: why.clone() };
                self.give_row(source, &action, who).await
            }
            (_, verdict) => Ok(Err(verdict.clone())),
        }
    }

    async fn archive_row(&self, source: &mut Source, id: SecretId, who: &Principal) -> Changed {
        if !sql::archive(source, id, who.identity, who.now).await? {
            return Ok(Err(Verdict::Already));
        }
        Ok(Ok(self.changed_for_users(source, id, (who, "archived", "")).await?))
    }

    async fn bring_back_row(&self, source: &mut Source, id: SecretId, who: &Principal) -> Changed {
        if !sql::bring_back(source, id).await? {
            return Ok(Err(Verdict::Already));
        }
        policy_version::changed(source).await?;
        self.tell_users(source, id, (who, "brought back", "")).await?;
        Ok(Ok(Vec::new()))
    }

    async fn share_row(&self, source: &mut Source, action: &ShareSecret, who: &Principal) -> Changed {
        Ok(match grants::give(source, action, who.identity, who.now).await? {
            Ok((to, _)) => {
                self.tell(source, to, NoticeKind::Shared, action.id, who).await?;
                Ok(Vec::new())
            }
            Err(ShareError::Nobody) => Err(Verdict::Nobody),
            Err(ShareError::Owner) => Err(Verdict::Owner),
            Err(ShareError::SentBefore) => Err(Verdict::Changed),
            Err(ShareError::Store(error)) => return Err(error.into()),
        })
    }

    async fn give_row(&self, source: &mut Source, action: &GiveSecret, who: &Principal) -> Changed {
        Ok(match self.give(source, action, who, None).await? {
            Ok((_, before)) => Ok(vec![before]),
            Err(GiveError::Nobody) => Err(Verdict::Nobody),
            Err(GiveError::Unfit) => Err(Verdict::Unfit),
            Err(GiveError::Owner) => Err(Verdict::Owner),
            Err(GiveError::Stale(_)) => Err(Verdict::Changed),
            Err(GiveError::Store(error)) => return Err(error.into()),
        })
    }
}

async fn tag(source: &mut Source, id: SecretId, tags: &[Tag], who: &Principal) -> Result<(), NotDone> {
    let about = sql::about(source, id).await?.ok_or(StoreError::Gone)?;
    versions::sql::advance(source, id, None, who.identity, who.now).await?;
    let new = NewDetails { description: about.description, tags: tags.to_vec() };
    Ok(sql::describe(source, id, &new).await?)
}

async fn rename(
    source: &mut Source,
    id: SecretId,
    name: &str,
    who: &Principal,
) -> Result<Result<Vec<IdentityId>, Verdict>, Unavailable> {
    let Ok(to) = SecretName::parse(name) else { return Ok(Err(Verdict::BadName(name.to_owned()))) };
    versions::sql::advance(source, id, None, who.identity, who.now).await?;
    let renamed = secrets::sql::rename(source, id, &to, who.now).await?;
    Ok(if renamed { Ok(Vec::new()) } else { Err(Verdict::Taken(name.to_owned())) })
}
