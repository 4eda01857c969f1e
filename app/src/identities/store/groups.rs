//! Groups: the facts for policies, the data for pages, and the store trait.

use crate::backend::{Permit, StoreError, Unit};
use crate::identities::policy::groups as policy;
use crate::identities::store::{ChangeError, Named, RoleChoices, RoleRow};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{Environment, GroupId, IdentityId, Kind, Principal, SecretId, Timestamp};

/// The facts for decisions about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    pub id: GroupId,
    pub name: String,
    /// Whether the principal is a member.
    pub includes_principal: bool,
}

impl Facts for GroupFacts {
    type Key = GroupId;

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl LoadFacts<dyn Unit> for GroupFacts {
    fn load<'a>(unit: &'a mut (dyn Unit + 'static), key: &'a GroupId, who: &'a Principal) -> Pending<'a, Option<Self>> {
        unit.group_facts(key, who)
    }
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct GroupRow {
    pub id: GroupId,
    pub name: String,
    pub purpose: String,
    pub members: i64,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// The number of secrets that were shared with it.
    pub secrets: i64,
}

/// The groups, and whether the principal may add one.
#[derive(Clone, Debug)]
pub struct GroupListing {
    pub rows: Vec<GroupRow>,
    pub may_add: bool,
}

/// Somebody in a group.
#[derive(Clone, Debug)]
pub struct MemberRow {
    pub identity: IdentityId,
    pub kind: Kind,
    /// The sign-in name.
    pub name: String,
    pub display_name: String,
    pub is_disabled: bool,
    /// When the membership ends; `None` for no end.
    pub ends: Option<Timestamp>,
    pub added: Timestamp,
    /// The display name of who added them.
    pub added_by: Option<String>,
}

/// A secret that was shared with a group, as somebody sees it who may know of it.
#[derive(Clone, Debug)]
pub struct SharedRow {
    pub secret: SecretId,
    pub name: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    pub ends: Option<Timestamp>,
}

/// A group, and what the principal may change about it.
#[derive(Clone, Debug)]
pub struct GroupDetail {
    pub row: GroupRow,
    pub members: Vec<MemberRow>,
    pub roles: Vec<RoleRow>,
    /// The shared secrets that the principal may know of.
    pub shared: Vec<SharedRow>,
    pub may_edit: bool,
    pub may_give: bool,
    /// Whether the principal is a member, and may change nothing for that reason.
    pub includes_principal: bool,
    /// Whom the principal may add, if there are few enough to choose from.
    pub people: Vec<Named>,
    /// The roles that may be given.
    pub choices: RoleChoices,
}

/// Reads and changes groups.
#[async_trait]
pub trait Groups: Send + Sync {
    async fn groups(&self, permit: Permit<policy::ListGroups>) -> Result<GroupListing, StoreError>;

    async fn group(&self, permit: Permit<policy::ReadGroup>) -> Result<GroupDetail, StoreError>;

    /// Adds a group. Returns [`ChangeError::NameTaken`] if another has the name.
    async fn add_group(&self, permit: Permit<policy::AddGroup>) -> Result<GroupId, ChangeError>;

    /// Removes a group with its memberships, roles and grants.
    async fn remove_group(&self, permit: Permit<policy::RemoveGroup>) -> Result<(), ChangeError>;

    /// Adds a member, or changes the end of a membership. Returns the display name, or
    /// [`ChangeError::Nobody`].
    async fn add_member(&self, permit: Permit<policy::AddMember>) -> Result<String, ChangeError>;

    async fn remove_member(&self, permit: Permit<policy::RemoveMember>) -> Result<(), ChangeError>;

    /// Gives a role, or changes the end of one that the group has.
    async fn give_group_role(&self, permit: Permit<policy::GiveGroupRole>) -> Result<(), ChangeError>;

    async fn take_group_role(&self, permit: Permit<policy::TakeGroupRole>) -> Result<(), ChangeError>;
}
