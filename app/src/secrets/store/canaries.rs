//! Canaries: what their pages show, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::AddError;
use async_trait::async_trait;
use doorward::{Environment, SecretId, Timestamp};

/// What a decoy can look like: the value in the form, and what the form says.
pub const SHAPES: [(&str, &str); 5] = [
    ("payments-key", "A payment provider's live key"),
    ("cloud-key", "A cloud account's secret key"),
    ("code-token", "A code host's personal token"),
    ("database-url", "A database's address with its password"),
    ("password", "An administrator's password"),
];

/// A canary in the list.
#[derive(Clone, Debug)]
pub struct CanaryRow {
    pub id: SecretId,
    pub name: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    /// The display name of who marked it.
    pub marked_by: Option<String>,
    pub marked: Timestamp,
}

/// The canaries that the user may know of.
#[derive(Clone, Debug)]
pub struct CanaryList {
    pub rows: Vec<CanaryRow>,
    /// The environments in which the user may add a decoy.
    pub environments: Vec<Environment>,
}

/// Reads and makes canaries.
#[async_trait]
pub trait Canaries: Send + Sync {
    async fn canaries(&self, permit: Permit<policy::ListCanaries>) -> Result<CanaryList, StoreError>;

    /// Returns whether a secret is a canary, and its name.
    async fn canary(&self, permit: Permit<policy::ReadCanary>) -> Result<(bool, String), StoreError>;

    async fn mark_canary(&self, permit: Permit<policy::MarkCanary>) -> Result<(), StoreError>;

    /// Adds a decoy, and returns its name. `form` is the form's token.
    async fn add_decoy(
        &self,
        permit: Permit<policy::AddDecoy>,
        form: Option<&str>,
    ) -> Result<(SecretId, String), AddError>;
}
