//! Changes of several secrets at once: all are decided, then all are changed, in one transaction.

mod effects;
mod preview;

use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{
    ArchiveSecret, BringBackSecret, ChangeSelected, GiveSecret, MoveSecret, PreviewSelected, ShareSecret, TagSecret,
};
use app::secrets::store::{Change, Chosen, NotDone, Selected, SelectedRow, Selection, Verdict};
use async_trait::async_trait;
use doorward::guard::{Asked, Refused};
use doorward::{IdentityId, Principal, RefusalKind, SecretId};

#[async_trait]
impl Selected for SqlBackend {
    async fn preview_selected(&self, permit: Permit<PreviewSelected>) -> Result<Vec<SelectedRow>, StoreError> {
        Ok(preview::rows(&mut self.reader(), &permit.action().selection, permit.principal()).await?)
    }

    async fn change_selected(
        &self,
        mut permit: Permit<ChangeSelected>,
        asked: &Asked,
        states: &[String],
        form: Option<&str>,
    ) -> Result<(), NotDone> {
        let refused = decide_each(&mut permit, asked).await;
        let changed = change(permit, async |source, granted| {
            let who = &granted.principal;
            // Asked for first: what was done once may be refused now.
            once(source, who, form, NotDone::SentBefore).await?;
            if !refused.is_empty() {
                // Nothing is wrong with what was allowed beside a refusal.
                return Err(NotMade::GivenUp(not_allowed(refused)));
            }
            let changed = self.change_each(source, &granted.action, who, states).await;
            changed.map_err(|not_done| match not_done {
                NotDone::Store(error) => NotMade::Store(error),
                not_done => NotMade::Invalid(not_done),
            })
        });
        changed.await?.into_iter().for_each(|whom| self.live.look_at(whom));
        Ok(())
    }
}

/// Asks for each secret what its own page would ask, and returns the refusals.
async fn decide_each(permit: &mut Permit<ChangeSelected>, asked: &Asked) -> Vec<(SecretId, Refused)> {
    let mut refused = Vec::new();
    let Selection { ids, change } = permit.action().selection.clone();
    let Chosen::Whole(change) = change else { return refused };
    for id in ids {
        let Err(refusal) = decide_one(permit, asked, (id, change.clone())).await else { continue };
        let is_about_all = matches!(refusal.refusal.answer, RefusalKind::SignIn | RefusalKind::Unavailable);
        refused.push((id, refusal));
        if is_about_all {
            break;
        }
    }
    refused
}

async fn decide_one(
    permit: &mut Permit<ChangeSelected>,
    asked: &Asked,
    (id, change): (SecretId, Change),
) -> Result<(), Refused> {
    let (why, what) = (permit.action().why.clone(), change.what());
    match change {
        Change::AddTags(tags) | Change::RemoveTags(tags) => {
            permit.also(asked, TagSecret { id, what, tags: tags.len() }).await.map(drop)
        }
        Change::Move(folder) => permit.also(asked, MoveSecret { id, folder }).await.map(drop),
        Change::Archive => permit.also(asked, ArchiveSecret { id, why }).await.map(drop),
        Change::BringBack => permit.also(asked, BringBackSecret { id, why }).await.map(drop),
        Change::Share { with, lasts } => permit.also(asked, ShareSecret { id, with, lasts, why }).await.map(drop),
        Change::Give { to } => permit.also(asked, GiveSecret { id, to, why }).await.map(drop),
    }
}

/// What cannot be mended by a confirmation is told first.
fn not_allowed(refused: Vec<(SecretId, Refused)>) -> NotDone {
    let rows: Vec<_> = refused.iter().filter_map(|(id, refused)| Some((*id, Verdict::of(refused)?))).collect();
    match refused.into_iter().next() {
        Some((_, first)) if rows.is_empty() => NotDone::Refused(first),
        _ => NotDone::Rows(rows),
    }
}

impl SqlBackend {
    /// Changes the secrets if all of them are as they were shown. Returns whose open pages are out of date.
    async fn change_each(
        &self,
        source: &mut Source,
        action: &ChangeSelected,
        who: &Principal,
        states: &[String],
    ) -> Result<Vec<IdentityId>, NotDone> {
        let ChangeSelected { selection, why } = action;
        let Chosen::Whole(change) = &selection.change else { return Err(NotDone::Unsaid) };
        let rows = preview::rows(source, selection, who).await?;
        if rows.is_empty() {
            return Err(NotDone::Unsaid);
        }
        let shown = states.iter().map(Some).chain(std::iter::repeat(None));
        let verdict = |(row, state): (&SelectedRow, Option<&String>)| match state {
            Some(state) if *state == row.state => (!row.verdict.allows()).then(|| (row.id, row.verdict.clone())),
            _ => Some((row.id, Verdict::Changed)),
        };
        let mut wrong: Vec<_> = rows.iter().zip(shown).filter_map(verdict).collect();
        let mut out_of_date = Vec::new();
        for row in if wrong.is_empty() { &rows[..] } else { &[] } {
            match self.change_row(source, row, change, (who, why)).await? {
                Ok(users) => out_of_date.extend(users),
                Err(verdict) => {
                    wrong.push((row.id, verdict));
                    break;
                }
            }
        }
        if wrong.is_empty() { Ok(out_of_date) } else { Err(NotDone::Rows(wrong)) }
    }
}
