//! The store behind the pages for roles.

use crate::access::policy_version;
use crate::access::roles::{preview, sql};
use crate::access::rows::PolicyRows;
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities::given_roles;
use crate::identities::roles::{is_built_in, permissions};
use crate::secrets;
use app::access::policy::roles::{AddRole, EditRole, ListRoles, PreviewRole, ReadRole, RemoveRole};
use app::access::store::roles::{Held, RoleDetail, RoleError, RoleFacts, RoleListing, RolePreview, Roles};
use app::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{IdentityId, Principal, RoleName, Within};

/// With more secrets, or more questions than this, a preview compares permissions alone.
const MOST_SECRETS: i64 = 20_000;
const MOST_QUESTIONS: usize = 2_000_000;

#[async_trait]
impl Roles for SqlBackend {
    async fn roles(&self, permit: Permit<ListRoles>) -> Result<RoleListing, StoreError> {
        let who = permit.principal();
        let rows = sql::all(&mut self.reader(), who.now).await?;
        let may_add = who.holds(app::access::policy::roles::EDIT).everywhere().allows();
        Ok(RoleListing { rows, may_add })
    }

    async fn role(&self, permit: Permit<ReadRole>) -> Result<RoleDetail, StoreError> {
        let (who, name) = (permit.principal(), &permit.action().name);
        let mut source = self.reader();
        let role = sql::one(&mut source, name, who.now).await?.ok_or(StoreError::Gone)?;
        let facts = facts(&mut source, name, who).await?.ok_or(StoreError::Gone)?;
        let may_edit = RemoveRole { name: name.clone() }.decide(who, &facts).allows() && !role.is_built_in;
        Ok(RoleDetail {
            held: sql::held(&mut source, name).await?,
            holders: sql::holders(&mut source, name, who.now).await?,
            permissions: permissions().collect(),
            environments: secrets::environments::names(&mut source).await?,
            held_by_principal: facts.held_by_principal,
            role,
            may_edit,
        })
    }

    async fn add_role(&self, permit: Permit<AddRole>) -> Result<(), RoleError> {
        change(permit, async |source, granted| add(source, &granted.action).await).await
    }

    async fn preview_role(&self, permit: Permit<PreviewRole>) -> Result<RolePreview, RoleError> {
        let (who, PreviewRole { name, holds: rows }) = (permit.principal(), permit.action());
        let mut source = Source::snapshot(&self.database).await?;
        may_hold(&mut source, name, rows).await.map_err(NotMade::error)?;
        let version = policy_version::current(&mut source).await?;
        let held = sql::held(&mut source, name).await?;
        let mut before = PolicyRows::now(&mut source, who.now, MOST_SECRETS).await?;
        drop(source);
        let holders = before.given.values().filter(|given| given.iter().any(|row| row.role == name.as_str())).count();
        let has_secrets = !before.secrets.is_empty() && before.secrets.len() * holders <= MOST_QUESTIONS;
        if !has_secrets {
            before.secrets.clear();
        }
        let pairs: Vec<_> = rows.iter().map(|row| (row.permission.clone(), row.within.as_str().to_owned())).collect();
        let after = before.clone().with_role(name.as_str(), &pairs);
        let people = preview::compare(&before, &after, who);
        let is_change = held.len() != rows.len() || held.iter().any(|row| !rows.contains(row));
        Ok(RolePreview { version, rows: rows.clone(), people, holders, is_change, has_secrets })
    }

    async fn edit_role(&self, permit: Permit<EditRole>) -> Result<(), RoleError> {
        let holders = change(permit, async |source, granted| edit(source, &granted.action).await).await?;
        holders.into_iter().for_each(|holder| self.live.look_at(holder));
        Ok(())
    }

    async fn remove_role(&self, permit: Permit<RemoveRole>) -> Result<(), RoleError> {
        change(permit, async |source, granted| remove(source, &granted.action.name).await).await
    }
}

/// Returns the facts for decisions of `who` about a role.
pub async fn facts(source: &mut Source, name: &RoleName, who: &Principal) -> Result<Option<RoleFacts>, Unavailable> {
    if sql::one(source, name, who.now).await?.is_none() {
        return Ok(None);
    }
    let held_by_principal = sql::is_held(source, name, who.identity, who.now).await?;
    Ok(Some(RoleFacts { name: name.clone(), held_by_principal }))
}

type Done<T> = Result<T, NotMade<RoleError>>;

async fn add(source: &mut Source, action: &AddRole) -> Done<()> {
    sql::lock(source).await?;
    if !sql::add(source, &action.name, &action.purpose).await? {
        return Err(NotMade::Invalid(RoleError::NameTaken));
    }
    if let Some(like) = &action.like {
        sql::copy(source, &action.name, like).await?;
    }
    Ok(policy_version::changed(source).await?)
}

/// Rows are locked in the order in which decisions lock them: identities, permissions, the policy's version.
async fn edit(source: &mut Source, action: &EditRole) -> Done<Vec<IdentityId>> {
    let EditRole { name, holds: rows, seen } = action;
    sql::lock(source).await?;
    may_hold(source, name, rows).await?;
    let holders = sql::bump_holders(source, name).await?;
    sql::hold(source, name, rows).await?;
    if !sql::changed_since(source, *seen).await? {
        return Err(NotMade::Invalid(RoleError::Stale));
    }
    if !given_roles::somebody_may_give(source).await? {
        return Err(NotMade::Invalid(RoleError::LastAdministrator));
    }
    Ok(holders)
}

async fn remove(source: &mut Source, name: &RoleName) -> Done<()> {
    sql::lock(source).await?;
    if is_built_in(name.as_str()) {
        return Err(NotMade::Invalid(RoleError::BuiltIn));
    }
    if sql::is_in_use(source, name).await? {
        return Err(NotMade::Invalid(RoleError::InUse));
    }
    if !sql::remove(source, name).await? {
        return Err(NotMade::Invalid(RoleError::NoSuchRole));
    }
    Ok(policy_version::changed(source).await?)
}

/// Checks that a role may hold these rows: it is not a built-in one, and each permission and environment exists.
async fn may_hold(source: &mut Source, name: &RoleName, rows: &[Held]) -> Done<()> {
    if is_built_in(name.as_str()) {
        return Err(NotMade::Invalid(RoleError::BuiltIn));
    }
    let environments = secrets::environments::names(source).await?;
    let exists = |row: &Held| {
        let within = match &row.within {
            Within::Everywhere => true,
            Within::Only(environment) => environments.contains(environment),
        };
        within && permissions().any(|known| known == row.permission)
    };
    if rows.iter().all(exists) { Ok(()) } else { Err(NotMade::Invalid(RoleError::NoSuchPermission)) }
}
