//! Who holds a permission, and which roles nobody needs: the data for pages, and the store trait.

use crate::access::policy::permissions as policy;
use crate::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::{Environment, IdentityId, Timestamp, Within};

/// An account that holds a permission.
#[derive(Clone, Debug)]
pub struct PermissionHolder {
    pub identity: IdentityId,
    pub name: String,
    pub display_name: String,
    /// The roles that hold it, for example `operator in dev, by the group on-call`.
    pub by: Vec<String>,
    /// When they last used it, as far as the ledger's records in the database reach.
    pub used: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct PermissionHolders {
    /// Every permission that there is.
    pub permissions: Vec<&'static str>,
    pub environments: Vec<Environment>,
    /// `None` before a permission was chosen.
    pub holders: Option<Vec<PermissionHolder>>,
    /// Everybody and every permission, until one is chosen.
    pub matrix: Option<Matrix>,
}

/// The most accounts that the table of everybody has.
pub const MATRIX_ROWS: usize = 200;

/// Where an account holds a permission.
#[derive(Clone, Debug)]
pub struct MatrixCell {
    /// Whether it holds it everywhere, also in environments that are added later.
    pub everywhere: bool,
    /// The environments, otherwise.
    pub environments: Vec<String>,
    /// Whether the account used it in 90 days.
    pub used: bool,
}

/// An account, with a cell for each of [`PermissionHolders::permissions`].
#[derive(Clone, Debug)]
pub struct MatrixRow {
    pub identity: IdentityId,
    pub display_name: String,
    pub cells: Vec<Option<MatrixCell>>,
}

/// Everybody and every permission.
#[derive(Clone, Debug)]
pub struct Matrix {
    pub rows: Vec<MatrixRow>,
    /// Whether there are more accounts.
    pub is_cut: bool,
}

/// A role without which an account could have done everything that it did.
#[derive(Clone, Debug)]
pub struct UnusedRole {
    pub identity: IdentityId,
    pub name: String,
    pub display_name: String,
    pub role: String,
    pub within: Within,
    pub given: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub struct UnusedRoles {
    pub rows: Vec<UnusedRole>,
    /// Whether the user may take roles away.
    pub may_take: bool,
    /// The user, whose own roles others take away.
    pub asker: IdentityId,
    /// From when on there are records in the database; what was done before is not known.
    pub records_since: Option<Timestamp>,
}

/// Why no role was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    #[error("one of these roles is gone already")]
    Gone,
    #[error("nobody could give roles any more")]
    LastAdministrator,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait Permissions: Send + Sync {
    /// Returns the accounts that hold a permission in an environment, or everywhere.
    async fn holders(&self, permit: Permit<policy::ListHolders>) -> Result<PermissionHolders, StoreError>;

    async fn unused_roles(&self, permit: Permit<policy::ListUnusedRoles>) -> Result<UnusedRoles, StoreError>;

    /// Takes all of the roles away, or none.
    async fn take_roles(&self, permit: Permit<policy::TakeRoles>) -> Result<(), TakeError>;
}
