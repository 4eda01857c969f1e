//! Secrets: what policies know of them, and what pages show of them.

use crate::backend::{Permit, StoreError, Unit};
use crate::secrets::filter::After;
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::ledger::Outcome;
use doorward::policy::Decision;
use doorward::{Environment, Grounds, IdentityId, Principal, Reason, RecordId, SecretId, SecretText, Timestamp};

/// Rows on one page of the list.
pub const PAGE_ROWS: u32 = 50;

/// Rows that are read at a time.
pub const BATCH_ROWS: u32 = 500;

/// What decides about a secret. Its value is not among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFacts {
    /// Its name.
    pub name: String,
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
}

impl Facts for SecretFacts {
    type Key = SecretId;

    fn protected(&self) -> bool {
        self.protected
    }

    fn environment(&self) -> Option<&Environment> {
        Some(&self.environment)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
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
    pub updated: Timestamp,
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
    /// Whether the person may take the list away as a file.
    pub may_export: bool,
}

/// Some rows of a list that is taken away.
#[derive(Clone, Debug)]
pub struct Export {
    /// The rows.
    pub rows: Vec<SecretRow>,
    /// Where the next ones begin; nothing at the end.
    pub next: Option<After>,
}

/// What stands above the pages of a secret.
#[derive(Clone, Debug)]
pub struct SecretDetail {
    /// The row.
    pub row: SecretRow,
    /// When it was made.
    pub created: Timestamp,
    /// Whether the person may see who has access.
    pub may_see_access: bool,
}

/// What a person may do with a secret.
#[derive(Clone, Debug)]
pub struct SecretUses {
    /// Its name.
    pub name: String,
    /// The current version.
    pub version: i64,
    /// Whether its environment asks for a fresh authentication.
    pub protected: bool,
    /// Whether the person may ask for its value.
    pub may_reveal: bool,
    /// Whether the person may change its value.
    pub may_rotate: bool,
    /// Whether the person may give it another name.
    pub may_rename: bool,
    /// Whether the person may see what was asked about it.
    pub may_see_history: bool,
}

/// Somebody's grant.
#[derive(Clone, Debug)]
pub struct GrantRow {
    /// Whose.
    pub identity: IdentityId,
    /// Their sign-in name.
    pub name: String,
    /// Their name for people.
    pub display_name: String,
    /// The name of who granted it; nobody where the command line did.
    pub granted_by: Option<String>,
    /// When.
    pub granted: Timestamp,
    /// When it ends, where it does.
    pub ends: Option<Timestamp>,
}

/// Who has access to a secret.
#[derive(Clone, Debug)]
pub struct AccessList {
    /// The secret's name.
    pub name: String,
    /// The grants that have not ended.
    pub grants: Vec<GrantRow>,
    /// Whether the person may give and take back access.
    pub may_share: bool,
}

/// A decision about a secret.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// The record.
    pub id: RecordId,
    /// When.
    pub at: Timestamp,
    /// The sign-in name of who asked; nobody where no session counted.
    pub who: Option<String>,
    /// The action's name.
    pub action: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// What became of it; `None` if that was not recorded.
    pub outcome: Option<Outcome>,
    /// Why, in words.
    pub words: String,
}

/// Why a secret has no new value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotateError {
    /// The form did its work before.
    #[error("the form was sent before")]
    SentBefore,
    /// The store's own reason.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a secret has no new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// Another secret of the environment has it.
    #[error("another secret has that name")]
    Taken,
    /// The store's own reason.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody was given access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// No one has that sign-in name.
    #[error("there is nobody of that name")]
    Nobody,
    /// They own the secret.
    #[error("they own it")]
    Owner,
    /// The form did its work before.
    #[error("the form was sent before")]
    SentBefore,
    /// The store's own reason.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and writes of secrets.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// One page of the secrets that this person may see.
    async fn list(&self, permit: Permit<policy::ListSecrets>) -> Result<Listing, StoreError>;

    /// A secret's metadata.
    async fn secret(&self, permit: Permit<policy::ReadSecret>) -> Result<SecretDetail, StoreError>;

    /// What the person may do with a secret.
    async fn uses(&self, permit: Permit<policy::ReadUses>) -> Result<SecretUses, StoreError>;

    /// A secret's value and its version.
    async fn reveal(&self, permit: Permit<policy::RevealSecret>) -> Result<(SecretText, i64), StoreError>;

    /// Gives a secret a new value and returns its new version. A form with a token does that once.
    async fn rotate(
        &self,
        permit: Permit<policy::RotateSecret>,
        value: SecretText,
        form: Option<&str>,
    ) -> Result<i64, RotateError>;

    /// Gives a secret another name.
    async fn rename(&self, permit: Permit<policy::RenameSecret>) -> Result<(), RenameError>;

    /// Who has access to a secret.
    async fn access(&self, permit: Permit<policy::ReadAccess>) -> Result<AccessList, StoreError>;

    /// Gives somebody access to a secret; a grant that they have already is replaced. A form with a token does that once.
    async fn share(&self, permit: Permit<policy::ShareSecret>, form: Option<&str>) -> Result<(), ShareError>;

    /// Takes somebody's access to a secret back.
    async fn unshare(&self, permit: Permit<policy::UnshareSecret>) -> Result<(), StoreError>;

    /// What was asked about a secret, the newest first.
    async fn history(&self, permit: Permit<policy::ReadHistory>) -> Result<Vec<HistoryRow>, StoreError>;

    /// Some rows of the list, by name, to be taken away.
    async fn export(&self, permit: Permit<policy::ExportSecrets>) -> Result<Export, StoreError>;
}
