//! Grants of groups: the data for pages, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::{GroupId, Timestamp};

/// A grant of a group.
#[derive(Clone, Debug)]
pub struct GroupGrantRow {
    pub group: GroupId,
    pub name: String,
    pub members: i64,
    /// The display name of who granted it.
    pub granted_by: Option<String>,
    pub granted: Timestamp,
    pub ends: Option<Timestamp>,
}

/// A grant that was just given to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedWithGroup {
    pub name: String,
    pub members: i64,
    pub ends: Option<Timestamp>,
}

/// Why a group was not given access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupShareError {
    #[error("the form was sent before")]
    SentBefore,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Shares secrets with groups.
#[async_trait]
pub trait GroupShares: Send + Sync {
    /// Gives a group access, replacing an existing grant. A form with a token does this only once.
    async fn share_with_group(
        &self,
        permit: Permit<policy::ShareWithGroup>,
        form: Option<&str>,
    ) -> Result<SharedWithGroup, GroupShareError>;

    /// Revokes a group's access.
    async fn unshare_with_group(&self, permit: Permit<policy::UnshareWithGroup>) -> Result<(), StoreError>;
}
