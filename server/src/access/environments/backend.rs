//! The store behind the pages for environments.

use crate::access::environments::sql::{self, Kept};
use crate::access::policy_version;
use crate::account::notices;
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::secrets::lists;
use app::access::policy::environments::{
    AddEnvironment, EDIT, EditEnvironment, ListEnvironments, MoveEnvironment, ReadEnvironment, RemoveEnvironment,
};
use app::access::store::environments::{
    EnvironmentDetail, EnvironmentError, EnvironmentListing, EnvironmentRow, EnvironmentRules, relaxed,
};
use app::account::notices::NoticeKind;
use app::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Principal, Randomness, Timestamp};

async fn row(source: &mut Source, kept: Kept, who: &Principal) -> Result<EnvironmentRow, Unavailable> {
    let secrets = lists::count_within(source, &kept.name, who).await?;
    Ok(EnvironmentRow { name: kept.name, description: kept.description, rules: kept.rules, secrets })
}

fn may_edit(who: &Principal) -> bool {
    who.holds(EDIT).everywhere().allows()
}

#[async_trait]
impl EnvironmentRules for SqlBackend {
    async fn environments(&self, permit: Permit<ListEnvironments>) -> Result<EnvironmentListing, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let mut rows = Vec::new();
        for kept in sql::all(&mut source).await? {
            rows.push(row(&mut source, kept, who).await?);
        }
        Ok(EnvironmentListing { rows, may_edit: may_edit(who) })
    }

    async fn environment(&self, permit: Permit<ReadEnvironment>) -> Result<EnvironmentDetail, StoreError> {
        let (who, name) = (permit.principal(), &permit.action().name);
        let mut source = self.reader();
        let kept = sql::all(&mut source).await?.into_iter().find(|kept| kept.name == *name);
        let row = row(&mut source, kept.ok_or(StoreError::Gone)?, who).await?;
        Ok(EnvironmentDetail { row, may_edit: may_edit(who), has_second_factor: who.has_second_factor })
    }

    async fn add_environment(&self, permit: Permit<AddEnvironment>, description: &str) -> Result<(), EnvironmentError> {
        let added = change(permit, async |source, granted| {
            let AddEnvironment { name, rules } = granted.action;
            add(source, &Kept { name, description: description.to_owned(), rules }).await
        });
        added.await
    }

    async fn edit_environment(
        &self,
        permit: Permit<EditEnvironment>,
        description: &str,
        was: &str,
    ) -> Result<(), EnvironmentError> {
        let edited = change(permit, async |source, granted| {
            let (EditEnvironment { name, was: rules, becomes }, who) = (granted.action, granted.principal);
            let was = Kept { name: name.clone(), description: was.to_owned(), rules };
            let becomes = Kept { name, description: description.to_owned(), rules: becomes };
            let by = Editor { identity: Some(who.identity), name: &who.display_name, now: who.now };
            edit(source, &was, &becomes, by, &*self.random).await
        });
        edited.await?.into_iter().for_each(|identity| self.live.look_at(identity));
        Ok(())
    }

    async fn move_environment(&self, permit: Permit<MoveEnvironment>) -> Result<(), EnvironmentError> {
        change(permit, async |source, granted| rearrange(source, &granted.action).await).await
    }

    async fn remove_environment(&self, permit: Permit<RemoveEnvironment>) -> Result<(), EnvironmentError> {
        let removed =
            change(permit, async |source, granted| remove(source, &granted.action, granted.principal.now).await);
        removed.await
    }
}

pub(super) type Done<T> = Result<T, NotMade<EnvironmentError>>;

pub(super) async fn add(source: &mut Source, new: &Kept) -> Done<()> {
    sql::lock(source).await?;
    if !sql::add(source, new).await? {
        return Err(NotMade::Invalid(EnvironmentError::NameTaken));
    }
    Ok(policy_version::changed(source).await?)
}

/// Who changes an environment, as others are told.
#[derive(Clone, Copy)]
pub(super) struct Editor<'a> {
    /// `None` for the command line.
    pub identity: Option<IdentityId>,
    pub name: &'a str,
    pub now: Timestamp,
}

/// Changes an environment. Returns whose open pages are out of date. Rows are locked in the order in which decisions lock
/// them: identities, environments, the policy's version.
pub(super) async fn edit(
    source: &mut Source,
    was: &Kept,
    becomes: &Kept,
    by: Editor<'_>,
    random: &dyn Randomness,
) -> Done<Vec<IdentityId>> {
    sql::lock(source).await?;
    let affected = if was.rules == becomes.rules { Vec::new() } else { sql::bump_others(source, by.identity).await? };
    if !sql::change(source, was, becomes).await? {
        return Err(NotMade::Invalid(EnvironmentError::Stale));
    }
    if becomes.rules.relaxes(was.rules) {
        let about = relaxed(by.name, &was.name, (was.rules, becomes.rules));
        notices::add_for_others(source, (EDIT, by.identity), NoticeKind::RulesRelaxed, &about, by.now, random).await?;
    }
    if was.rules != becomes.rules {
        policy_version::changed(source).await?;
    }
    Ok(affected)
}

async fn rearrange(source: &mut Source, action: &MoveEnvironment) -> Done<()> {
    sql::lock(source).await?;
    let mut names: Vec<_> = sql::all(source).await?.into_iter().map(|kept| kept.name).collect();
    let Some(at) = names.iter().position(|name| *name == action.name) else {
        return Err(NotMade::Invalid(StoreError::Gone.into()));
    };
    let other = if action.up { at.checked_sub(1) } else { Some(at + 1).filter(|other| *other < names.len()) };
    let Some(other) = other else { return Err(NotMade::Invalid(EnvironmentError::AtTheEnd)) };
    names.swap(at, other);
    Ok(sql::order(source, &names).await?)
}

async fn remove(source: &mut Source, action: &RemoveEnvironment, now: Timestamp) -> Done<()> {
    sql::lock(source).await?;
    sql::close(source, &action.name).await?;
    let contents = sql::contents(source, &action.name, now).await?;
    if !contents.is_nothing() {
        return Err(NotMade::Invalid(EnvironmentError::InUse(contents)));
    }
    if !sql::remove(source, &action.name).await? {
        return Err(NotMade::Invalid(StoreError::Gone.into()));
    }
    Ok(policy_version::changed(source).await?)
}
