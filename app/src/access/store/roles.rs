//! Roles as rows: the facts for policies, the data for pages, and the store trait.

use crate::access::policy::roles as policy;
use crate::backend::{Permit, StoreError, Unit};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending, Unavailable};
use doorward::{Environment, IdentityId, Principal, RoleName, Timestamp, Within};

/// The facts for decisions about a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
    pub name: RoleName,
    pub held_by_principal: bool,
}

impl Facts for RoleFacts {
    type Key = RoleName;

    fn name(&self) -> Option<&str> {
        Some(self.name.as_str())
    }
}

impl LoadFacts<dyn Unit> for RoleFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a RoleName,
        who: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.role_facts(key, who)
    }
}

/// A permission that a role holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub permission: String,
    pub within: Within,
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct RoleSummary {
    pub name: String,
    pub purpose: String,
    /// Whether it comes with Doorward. Such a role is never changed in the console.
    pub is_built_in: bool,
    /// The number of permissions.
    pub permissions: i64,
    /// The number of accounts that have it, by themselves or by a group.
    pub holders: i64,
}

#[derive(Clone, Debug)]
pub struct RoleListing {
    pub rows: Vec<RoleSummary>,
    pub may_add: bool,
}

/// Somebody who has a role.
#[derive(Clone, Debug)]
pub struct Holder {
    pub identity: IdentityId,
    pub display_name: String,
    pub within: Within,
    pub ends: Option<Timestamp>,
    /// The name of the group by which they have it.
    pub by_group: Option<String>,
}

/// What a role holds, who has it, and whether the principal may change it.
#[derive(Clone, Debug)]
pub struct RoleDetail {
    pub role: RoleSummary,
    pub held: Vec<Held>,
    pub holders: Vec<Holder>,
    /// Every permission that there is.
    pub permissions: Vec<&'static str>,
    pub environments: Vec<Environment>,
    pub may_edit: bool,
    /// Whether the principal has the role, and may not change it for that reason.
    pub held_by_principal: bool,
}

/// What somebody could do with secrets by a change, and could not before. Or the reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretChange {
    /// For example `reveal`.
    pub verb: &'static str,
    pub count: usize,
    /// Some of their names.
    pub examples: Vec<String>,
}

/// What one account would gain and lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    pub identity: IdentityId,
    pub name: String,
    pub display_name: String,
    /// Permissions, for example `secret.reveal in dev`.
    pub gains: Vec<String>,
    pub losses: Vec<String>,
    pub secret_gains: Vec<SecretChange>,
    pub secret_losses: Vec<SecretChange>,
}

/// Who would gain and lose what.
#[derive(Clone, Debug)]
pub struct RolePreview {
    /// The version of the policy that this is true for.
    pub version: i64,
    pub rows: Vec<Held>,
    /// The accounts for which something would change.
    pub people: Vec<PersonChange>,
    /// The number of accounts that have the role.
    pub holders: usize,
    /// Whether the role itself would hold something else.
    pub is_change: bool,
    /// Whether secrets were looked at. If there are too many, only permissions are compared.
    pub has_secrets: bool,
}

/// Why a role was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    #[error("there is a role of that name already")]
    NameTaken,
    #[error("there is no such role")]
    NoSuchRole,
    #[error("the role comes with Doorward, and cannot be changed")]
    BuiltIn,
    #[error("somebody or some group still has the role")]
    InUse,
    #[error("there is no such permission or environment")]
    NoSuchPermission,
    #[error("the policy has changed since the preview")]
    Stale,
    #[error("nobody could give roles any more")]
    LastAdministrator,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unavailable> for RoleError {
    fn from(error: Unavailable) -> Self {
        Self::Store(error.into())
    }
}

/// Reads and changes roles.
#[async_trait]
pub trait Roles: Send + Sync {
    async fn roles(&self, permit: Permit<policy::ListRoles>) -> Result<RoleListing, StoreError>;

    async fn role(&self, permit: Permit<policy::ReadRole>) -> Result<RoleDetail, StoreError>;

    async fn add_role(&self, permit: Permit<policy::AddRole>) -> Result<(), RoleError>;

    /// Returns who would gain and lose what, computed by the policy that decides. Changes nothing.
    async fn preview_role(&self, permit: Permit<policy::PreviewRole>) -> Result<RolePreview, RoleError>;

    /// Changes what a role holds. Returns [`RoleError::Stale`] if the policy has changed since the
    /// preview.
    async fn edit_role(&self, permit: Permit<policy::EditRole>) -> Result<(), RoleError>;

    async fn remove_role(&self, permit: Permit<policy::RemoveRole>) -> Result<(), RoleError>;
}
