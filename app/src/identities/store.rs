//! Other people's accounts, as administrators change them.

use crate::account::store::{MethodError, SecondFactors};
use crate::backend::{Permit, StoreError};
use crate::identities::policy;
use async_trait::async_trait;
use doorward::RevocationId;

/// An identity in a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The sign-in name.
    pub name: String,
    /// The display name.
    pub display_name: String,
}

/// A preview of resetting a person's second factors.
#[derive(Clone, Debug)]
pub struct ResetPreview {
    /// Their sign-in name.
    pub name: String,
    /// Their name for people.
    pub display_name: String,
    /// What would be removed.
    pub held: SecondFactors,
    /// The number of sessions that would end.
    pub sessions: i64,
}

/// The result of a reset.
#[derive(Clone, Debug)]
pub struct MethodReset {
    /// The revocation that ended the person's sessions.
    pub revocation: RevocationId,
    /// Their name for people.
    pub display_name: String,
    /// What was removed.
    pub removed: SecondFactors,
}

/// Reads and changes other people's accounts.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Returns what a reset would do to the person whom the permit names, or `None` if the name is
    /// unknown.
    async fn preview_reset(
        &self,
        permit: Permit<policy::AskToResetMethods>,
    ) -> Result<Option<ResetPreview>, StoreError>;

    /// Removes a person's second factors and ends all their sessions. Returns
    /// [`MethodError::Nothing`] if the name is unknown, or [`MethodError::NoSecondFactor`] if there
    /// is nothing to remove; in both cases no session ends.
    async fn reset_methods(&self, permit: Permit<policy::ResetMethods>) -> Result<MethodReset, MethodError>;
}
