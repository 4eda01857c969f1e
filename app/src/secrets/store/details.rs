//! What people say about a secret, its life after use, and copies of it: the data for pages, and the store traits.

use super::{AddError, GivenValue, LaterChange, Rotation, SecretKind, Tag};
use crate::backend::{Permit, StoreError};
use crate::identities::store::Named;
use crate::page::form::stated::StatedReason;
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::guard::{Asked, Refused};
use doorward::{Environment, SecretId, TimeSpan, Timestamp};

/// In characters.
pub const LONGEST_DESCRIPTION: usize = 2_000;

/// How long an archived secret is kept after somebody asked to delete it.
pub const DELETION_DELAY: TimeSpan = TimeSpan::hours(7 * 24);

/// A secret that is out of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    pub at: Timestamp,
    /// The display name of who archived it.
    pub by: Option<String>,
    /// When it is deleted for good, if somebody asked for that.
    pub deletes: Option<Timestamp>,
}

/// What people say about a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub description: String,
    pub tags: Vec<String>,
    pub archived: Option<Archived>,
}

/// What the page shows on which a secret is edited.
#[derive(Clone, Debug)]
pub struct SecretDetails {
    pub name: String,
    pub revision: i64,
    pub about: About,
    pub rotation: Rotation,
    /// The owner's display name.
    pub owner: String,
    /// Who could own it, if the user may give it away. Empty if there are too many to choose from a list.
    pub people: Vec<Named>,
    pub may_edit: bool,
    pub may_give: bool,
    pub may_archive: bool,
    pub may_delete: bool,
}

/// A description and tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDetails {
    pub description: String,
    pub tags: Vec<Tag>,
}

/// Why a description was not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("the secret was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a secret has no new owner.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GiveError {
    #[error("there is nobody of that name")]
    Nobody,
    #[error("the account is disabled, or not a person's")]
    Unfit,
    #[error("they own it")]
    Owner,
    #[error("the secret was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a secret was not archived, brought back or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// It is archived, or brought back, or to be deleted already.
    #[error("it is so already")]
    Already,
    #[error("it is not archived")]
    InUse,
    #[error("what was typed is not its name")]
    OtherName,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes what people say about secrets, and takes secrets out of use.
#[async_trait]
pub trait Details: Send + Sync {
    /// Returns what is said about a secret, and what the user may change.
    async fn details(&self, permit: Permit<policy::ReadDetails>) -> Result<SecretDetails, StoreError>;

    /// Stores a description and tags. `over` is the revision that the form was made from.
    async fn edit_secret(
        &self,
        permit: Permit<policy::EditSecret>,
        new: NewDetails,
        over: i64,
    ) -> Result<(), EditError>;

    /// Makes somebody else the owner, and returns their display name. The owner before keeps nothing.
    async fn give_secret(&self, permit: Permit<policy::GiveSecret>, over: Option<i64>) -> Result<String, GiveError>;

    /// Takes a secret out of use.
    async fn archive_secret(&self, permit: Permit<policy::ArchiveSecret>) -> Result<(), ArchiveError>;

    /// Takes it back into use. A deletion is cancelled by that.
    async fn bring_back_secret(&self, permit: Permit<policy::BringBackSecret>) -> Result<(), ArchiveError>;

    /// Has an archived secret deleted, and returns when that will be. `typed` must be its name.
    async fn delete_secret(&self, permit: Permit<policy::DeleteSecret>, typed: &str)
    -> Result<Timestamp, ArchiveError>;

    /// Cancels a deletion.
    async fn cancel_deletion(&self, permit: Permit<policy::CancelDeletion>) -> Result<(), ArchiveError>;
}

/// What the form shows that copies a secret.
#[derive(Clone, Debug)]
pub struct CopyForm {
    pub name: String,
    pub environment: Environment,
    pub kind: SecretKind,
    /// The environments in which the user may add a secret.
    pub environments: Vec<Environment>,
    /// Whether the user may reveal the value, so that the copy can have it.
    pub may_reveal: bool,
    /// Whether the environment asks for a reason before the value is shown.
    pub asks_reason: bool,
}

/// The value of a copy.
pub enum CopiedValue {
    /// That of the secret.
    Present(StatedReason),
    Another(GivenValue),
}

/// A copy to be made.
pub struct NewCopy {
    /// Of which secret.
    pub id: SecretId,
    pub value: CopiedValue,
    /// The form's token.
    pub form: Option<String>,
}

/// Why a secret was not copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The secret, or its value, may not be taken.
    #[error("it may not be copied")]
    Refused(Refused),
    #[error(transparent)]
    Add(#[from] AddError),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Add(error.into())
    }
}

/// Copies secrets.
#[async_trait]
pub trait Copies: Send + Sync {
    /// Returns what the form shows.
    async fn ask_to_copy(&self, permit: Permit<policy::AskToCopySecret>) -> Result<CopyForm, StoreError>;

    /// Adds a copy, which the principal then owns: the description, the tags, the kind, and a value. That the other secret
    /// may be taken is decided in the same transaction.
    async fn copy_secret(
        &self,
        permit: Permit<policy::AddSecret>,
        asked: &Asked,
        copy: NewCopy,
    ) -> Result<SecretId, CopyError>;
}
