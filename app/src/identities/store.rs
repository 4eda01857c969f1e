//! The accounts of others, as administrators change them.

use crate::account::store::{MethodError, SecondFactors};
use crate::backend::{Permit, StoreError};
use crate::identities::policy;
use async_trait::async_trait;
use doorward::RevocationId;

/// What a reset of somebody's second factors would do.
#[derive(Clone, Debug)]
pub struct ResetPreview {
    /// Their sign-in name.
    pub name: String,
    /// Their name for people.
    pub display_name: String,
    /// What would be removed.
    pub held: SecondFactors,
    /// How many sessions would end.
    pub sessions: i64,
}

/// What a reset did.
#[derive(Clone, Debug)]
pub struct MethodReset {
    /// The ending of their sessions.
    pub revocation: RevocationId,
    /// Their name for people.
    pub display_name: String,
    /// What was removed.
    pub removed: SecondFactors,
}

/// Reads and changes of the accounts of others.
#[async_trait]
pub trait Identities: Send + Sync {
    /// What a reset would do to the person whom the permit names. `None` if no one has that name.
    async fn preview_reset(
        &self,
        permit: Permit<policy::AskToResetMethods>,
    ) -> Result<Option<ResetPreview>, StoreError>;

    /// Removes somebody else's second factors, and ends all their sessions. [`MethodError::Nothing`] if no one has that
    /// name, [`MethodError::NoSecondFactor`] if there is nothing to remove; then no session ends either.
    async fn reset_methods(&self, permit: Permit<policy::ResetMethods>) -> Result<MethodReset, MethodError>;
}
