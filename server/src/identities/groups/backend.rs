//! The store behind the pages for groups.

use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities::given_roles::{self, GivenRole};
use crate::identities::groups::sql;
use crate::identities::{self, changes};
use crate::secrets;
use crate::secrets::group_grants;
use app::backend::{Permit, StoreError};
use app::identities::policy::groups::{
    AddGroup, AddMember, GiveGroupRole, ListGroups, ReadGroup, RemoveGroup, RemoveMember, TakeGroupRole,
};
use app::identities::store::groups::{GroupDetail, GroupFacts, GroupListing, Groups};
use app::identities::store::{ChangeError, RoleChoices};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{GroupId, GroupName, IdentityId, Principal, Within};

#[async_trait]
impl Groups for SqlBackend {
    async fn groups(&self, permit: Permit<ListGroups>) -> Result<GroupListing, StoreError> {
        let who = permit.principal();
        let rows = sql::all(&mut self.reader(), who.now).await?;
        Ok(GroupListing { rows, may_add: may_add(who) })
    }

    async fn group(&self, permit: Permit<ReadGroup>) -> Result<GroupDetail, StoreError> {
        let (who, id) = (permit.principal(), permit.action().id);
        let mut source = self.reader();
        let row = sql::one(&mut source, id, who.now).await?.ok_or(StoreError::Gone)?;
        let facts = sql::facts(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let may_edit = RemoveGroup { id }.decide(who, &facts).allows();
        let may_give = may_give(id, who, &facts);
        let people = if may_edit { identities::sql::names(&mut source).await? } else { Vec::new() };
        let choices = if may_give { choices(&mut source).await? } else { RoleChoices::default() };
        Ok(GroupDetail {
            members: sql::members(&mut source, id, who.now).await?,
            roles: sql::roles(&mut source, id, who.now).await?,
            shared: group_grants::shared_with(&mut source, id, who).await?,
            includes_principal: facts.includes_principal,
            people: people.into_iter().filter(|named| *named.name != *who.name).collect(),
            row,
            may_edit,
            may_give,
            choices,
        })
    }

    async fn add_group(&self, permit: Permit<AddGroup>) -> Result<GroupId, ChangeError> {
        let added = change(permit, async |source, granted| {
            let (AddGroup { name, purpose }, who) = (&granted.action, &granted.principal);
            let id = GroupId::new(who.now, &*self.random);
            let added = sql::add(source, id, (name, purpose), who.identity, who.now).await?;
            added.then_some(id).ok_or(NotMade::Invalid(ChangeError::NameTaken))
        });
        added.await
    }

    async fn remove_group(&self, permit: Permit<RemoveGroup>) -> Result<(), ChangeError> {
        let removed = change(permit, async |source, granted| {
            let id = granted.action.id;
            let members = lose(source, id).await?;
            if !sql::remove(source, id).await? {
                return Err(NotMade::Invalid(ChangeError::Already));
            }
            somebody_stays(source).await?;
            Ok(members)
        });
        self.tell_tabs(&removed.await?);
        Ok(())
    }

    async fn add_member(&self, permit: Permit<AddMember>) -> Result<String, ChangeError> {
        let added = change(permit, async |source, granted| {
            let (action, who) = (&granted.action, &granted.principal);
            let person = identities::sql::person(source, &action.whom).await?;
            let (whom, display_name) = person.ok_or(NotMade::Invalid(ChangeError::Nobody))?;
            identities::sql::lock(source, whom).await?;
            let ends = action.lasts.map(|lasts| who.now.plus(lasts));
            sql::add_member(source, action.id, whom, ends, who.identity, who.now).await?;
            // A shorter end can take the last lasting administrator away.
            somebody_stays(source).await?;
            Ok(display_name)
        });
        added.await
    }

    async fn remove_member(&self, permit: Permit<RemoveMember>) -> Result<(), ChangeError> {
        let removed = change(permit, async |source, granted| {
            let RemoveMember { id, whom } = granted.action;
            identities::sql::bump_privileges_version(source, whom).await?;
            if !sql::remove_member(source, id, whom).await? {
                return Err(NotMade::Invalid(ChangeError::Already));
            }
            somebody_stays(source).await?;
            Ok(whom)
        });
        self.tell_tabs(&[removed.await?]);
        Ok(())
    }

    async fn give_group_role(&self, permit: Permit<GiveGroupRole>) -> Result<(), ChangeError> {
        change(permit, async |source, granted| give(source, &granted.action, &granted.principal).await).await
    }

    async fn take_group_role(&self, permit: Permit<TakeGroupRole>) -> Result<(), ChangeError> {
        let taken = change(permit, async |source, granted| {
            let TakeGroupRole { id, role, within } = &granted.action;
            let members = lose(source, *id).await?;
            if !sql::take(source, *id, role, within).await? {
                return Err(NotMade::Invalid(ChangeError::Already));
            }
            somebody_stays(source).await?;
            Ok(members)
        });
        self.tell_tabs(&taken.await?);
        Ok(())
    }
}

impl SqlBackend {
    fn tell_tabs(&self, lost: &[IdentityId]) {
        lost.iter().for_each(|identity| self.live.look_at(*identity));
    }
}

/// Whether `who` may add a group.
fn may_add(who: &Principal) -> bool {
    let name = GroupName::parse("any").map(|name| AddGroup { name, purpose: String::new() });
    name.is_ok_and(|add| add.decide(who, &()).allows())
}

fn may_give(id: GroupId, who: &Principal, facts: &GroupFacts) -> bool {
    let give = GiveGroupRole { id, role: String::new(), within: Within::Everywhere, lasts: None };
    give.decide(who, facts).allows()
}

async fn choices(source: &mut Source) -> Result<RoleChoices, Unavailable> {
    Ok(RoleChoices {
        roles: identities::people::purposes(source).await?,
        environments: secrets::environments::names(source).await?,
    })
}

/// Prepares a loss for every member. Returns whose open pages have to look again.
async fn lose(source: &mut Source, id: GroupId) -> Result<Vec<IdentityId>, Unavailable> {
    sql::bump_privileges_versions(source, id).await?;
    sql::member_ids(source, id).await
}

async fn somebody_stays(source: &mut Source) -> Result<(), NotMade<ChangeError>> {
    let stays = given_roles::somebody_may_give(source).await?;
    stays.then_some(()).ok_or(NotMade::Invalid(ChangeError::LastAdministrator))
}

async fn give(source: &mut Source, action: &GiveGroupRole, by: &Principal) -> Result<(), NotMade<ChangeError>> {
    let GiveGroupRole { id, role, within, lasts } = action;
    changes::exist(source, role, within).await?;
    let ends = lasts.map(|span| by.now.plus(span));
    sql::give(source, *id, &GivenRole { role, within, ends, by: Some(by.identity) }, by.now).await?;
    somebody_stays(source).await
}
