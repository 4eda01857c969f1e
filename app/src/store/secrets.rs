//! Secrets: what policies know of them, and what pages show of them.

use super::{StoreError, Unit};
use crate::door::Permit;
use crate::pages::{secret, secrets};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::policy::Decision;
use doorward::{Environment, Grounds, IdentityId, Moment, Principal, Reason, SecretId, SecretText};

/// What decides about a secret. Its value is not among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// Its environment.
    pub environment: Environment,
    /// Whether that environment asks for a fresh authentication before a value is shown or changed.
    pub protected: bool,
    /// Its owner.
    pub owner: IdentityId,
    /// Whether a grant that has not ended names the asker.
    pub granted: bool,
}

impl SecretFacts {
    /// Allows its owner.
    pub fn owned_by(&self, who: &Principal) -> Decision {
        Decision::when(self.owner == who.identity, Grounds::OWNER, Reason::NotGranted)
    }

    /// Allows whom a grant names.
    pub const fn granted_to(&self, _: &Principal) -> Decision {
        Decision::when(self.granted, Grounds::GRANT, Reason::NotGranted)
    }

    /// Asks for a fresh authentication where the environment does.
    pub fn fresh_where_protected(&self, who: &Principal) -> Decision {
        if self.protected { who.freshly_authenticated() } else { Decision::allowed(Grounds::default()) }
    }
}

impl Facts for SecretFacts {
    type Key = SecretId;
}

impl LoadFacts<dyn Unit> for SecretFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a SecretId,
        who: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.secret_facts(key, who)
    }
}

/// Why a row is in a person's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They own it.
    Owner,
    /// A grant names them.
    Granted,
    /// Their role sees every secret here.
    Role,
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct SecretRow {
    /// Its id.
    pub id: SecretId,
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: Environment,
    /// Its owner's name.
    pub owner: String,
    /// The current version.
    pub version: i64,
    /// When it was last changed.
    pub updated: Moment,
    /// Why it is shown.
    pub access: Access,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The rows.
    pub rows: Vec<SecretRow>,
    /// How many rows all pages have together.
    pub total: i64,
    /// The environments in which the person may see something, for the filter.
    pub environments: Vec<Environment>,
}

/// What a secret's page shows.
#[derive(Clone, Debug)]
pub struct SecretDetail {
    /// The row.
    pub row: SecretRow,
    /// When it was made.
    pub created: Moment,
    /// Whether its environment asks for a fresh authentication.
    pub protected: bool,
    /// Whether the person may ask for its value.
    pub may_reveal: bool,
    /// Whether the person may change its value.
    pub may_rotate: bool,
}

/// Reads and writes of secrets.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// One page of the secrets that this person may see.
    async fn list(&self, permit: Permit<secrets::can::ListSecrets>) -> Result<Listing, StoreError>;

    /// A secret's metadata.
    async fn secret(&self, permit: Permit<secret::can::ReadSecret>) -> Result<SecretDetail, StoreError>;

    /// A secret's value and its version.
    async fn reveal(&self, permit: Permit<secret::can::RevealSecret>) -> Result<(SecretText, i64), StoreError>;

    /// Gives a secret a new value, and says its new version.
    async fn rotate(&self, permit: Permit<secret::can::RotateSecret>, value: SecretText) -> Result<i64, StoreError>;
}
