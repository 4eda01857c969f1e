//! Secrets: the facts for policies, the data for pages, and the store trait.

mod canaries;
mod consumers;
mod details;
mod errors;
mod exports;
mod facts;
mod groups;
mod imports;
mod kinds;
mod lists;
mod readers;
mod rotation;
mod tag;
mod versions;

pub use canaries::{Canaries, CanaryList, CanaryRow, SHAPES};
pub use consumers::{
    AddConsumerError, Consumers, Declared, Impact, MOST_CONSUMERS, NewConsumer, ReadBy, SecretConsumers,
};
pub use details::{
    About, ArchiveError, Archived, CopiedValue, Copies, CopyError, CopyForm, DELETION_DELAY, Details, EditError,
    GiveError, LONGEST_DESCRIPTION, NewCopy, NewDetails, SecretDetails,
};
pub use errors::{AddError, RenameError, RotateError, ShareError};
pub use exports::{ExportError, ExportTo, ExportedValue, Exports, MOST_EXPORTED};
pub use facts::{EnvironmentFacts, GroupShareFacts, SecretFacts};
pub use groups::{GroupGrantRow, GroupShareError, GroupShares, SharedWithGroup};
pub use imports::{
    Becomes, Existing, ImportError, ImportFile, ImportPreview, Imported, Imports, LARGEST_IMPORT, MOST_IMPORTED,
    PreviewRow,
};
pub use kinds::{
    AboutValue, BadValue, Certificate, GivenValue, OpenedValue, SecretFileName, SecretKind, expiry_in_words,
};
pub use lists::{
    Access, BATCH_ROWS, COUNTED, Change, Chosen, Export, FolderCount, Listing, MOST_SELECTED, NotDone, PAGE_ROWS,
    SecretRow, Selected, SelectedRow, Selection, Verdict, What,
};
pub use readers::{Reader, Readers, SecretReaders};
pub use rotation::{
    DueWeek, GenerateError, Generators, LONGEST_PERIOD, Rotation, RotationListing, RotationRow, RotationState,
    Rotations, ToRotate, WEEKS, days_in_words,
};
pub use tag::{BadTag, Folder, LONGEST_TAG, MOST_TAGS, Tag};
pub use versions::{
    DeletedSince, FolderPast, LaterChange, MOST_RESTORED, NO_VERSION, PastRow, PendingValue, PendingValues,
    PointInTime, PromoteError, RestoreError, RestoreFolderError, RestoredFolder, SavePendingError, Since, VERSION_ROWS,
    VersionLabel, VersionList, VersionRow, Versions,
};

use crate::backend::{Permit, StoreError};
use crate::identities::store::Named;
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::generator::Generator;
use doorward::ledger::Outcome;
use doorward::{Environment, GroupId, IdentityId, RecordId, SecretId, Timestamp};

/// The metadata shown above the pages of a secret.
#[derive(Clone, Debug)]
pub struct SecretDetail {
    pub row: SecretRow,
    /// When it was created.
    pub created: Timestamp,
    /// Whether the user may see who has access.
    pub may_see_access: bool,
    /// Whether the user may make it a canary.
    pub may_mark_canary: bool,
    /// Whether the user may open the page on which it is edited.
    pub may_edit: bool,
    /// What is said about it.
    pub about: About,
    pub rotation: Rotation,
}

/// The actions on a secret that are available to the user.
#[derive(Clone, Debug)]
pub struct SecretUses {
    pub name: String,
    pub kind: SecretKind,
    /// What may be seen of the current value.
    pub value: AboutValue,
    /// The current version.
    pub version: i64,
    /// The value that is saved and not in use yet.
    pub pending: Option<PendingValue>,
    /// The number of changes of the name and of what is said about the secret.
    pub revision: i64,
    pub environment: Environment,
    /// Whether the environment asks people to prove who they are.
    pub protected: bool,
    /// Whether the environment asks for a reason before the value is shown.
    pub asks_reason: bool,
    /// Whether the environment asks for a second factor, and the user has none.
    pub needs_second_factor: bool,
    /// Whether it is out of use.
    pub archived: bool,
    /// How the next value is generated, if that is kept with the secret.
    pub generator: Option<Generator>,
    /// The public part of the value, if it is the private part of a key pair.
    pub public_part: Option<String>,
    /// Whether the user may reveal the value.
    pub may_reveal: bool,
    /// Whether the user may change the value.
    pub may_rotate: bool,
    /// Whether the user may rename the secret.
    pub may_rename: bool,
    /// Whether the user may deliver the value once.
    pub may_deliver: bool,
    /// Whether the user may copy the secret.
    pub may_copy: bool,
    /// Whether the user may see its history.
    pub may_see_history: bool,
    /// The number of accounts that got the present value, if the user may rotate it and see who they are.
    pub holders: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct GrantRow {
    /// The identity that has the grant.
    pub identity: IdentityId,
    /// Its sign-in name.
    pub name: String,
    /// Its display name.
    pub display_name: String,
    /// The display name of who granted it, or `None` if the command line did.
    pub granted_by: Option<String>,
    /// When it was granted.
    pub granted: Timestamp,
    /// When the grant ends, if it does.
    pub ends: Option<Timestamp>,
    /// Whether a role of theirs may reveal secrets in this environment. Without one the grant has no effect.
    pub may_reveal: bool,
}

/// A grant that was just given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The display name of the recipient.
    pub with: String,
    /// When it ends, if it does.
    pub ends: Option<Timestamp>,
    /// Whether a role of the recipient may reveal secrets in this environment.
    pub may_reveal: bool,
}

/// Who has access to a secret.
#[derive(Clone, Debug)]
pub struct AccessList {
    /// The secret's name.
    pub name: String,
    /// The grants that have not ended.
    pub grants: Vec<GrantRow>,
    /// The grants of groups.
    pub groups: Vec<GroupGrantRow>,
    /// The groups that it could be shared with, if the user may share it.
    pub known_groups: Vec<(GroupId, String)>,
    /// Whether the user may share the secret.
    pub may_share: bool,
    /// Whether the user may revoke grants, as also those of an archived secret.
    pub may_take_back: bool,
    /// Whom it could be shared with, if the user may share it. Empty if there are too many to choose from a list.
    pub people: Vec<Named>,
    /// Everybody who knows of the secret, decided by the policy as if each asked now. `None` if there are too many
    /// accounts to ask for each.
    pub users: Option<Vec<SecretUser>>,
}

/// Somebody who knows of a secret, and what they may do with it. A fresh confirmation may still be needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUser {
    pub identity: IdentityId,
    /// The sign-in name.
    pub name: String,
    pub display_name: String,
    pub may_reveal: bool,
    pub may_rotate: bool,
    pub may_rename: bool,
    pub may_share: bool,
    /// The grounds on which they may reveal it, or else know of it, for example `by role, by grant`.
    pub grounds: String,
    /// The roles behind the grounds, for example `viewer in dev`.
    pub roles: String,
}

/// A decision about a secret.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    pub id: RecordId,
    /// Whether it is a routine read that was allowed.
    pub is_routine: bool,
    /// Whether the reader may open the record's receipt.
    pub has_receipt: bool,
    /// When it was decided.
    pub at: Timestamp,
    /// The sign-in name of the principal, or `None` if there was no live session.
    pub who: Option<String>,
    /// The action's name.
    pub action: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The outcome, or `None` if it was not recorded.
    pub outcome: Option<Outcome>,
    /// The reason or the grounds, as text.
    pub words: String,
}

/// Reads and writes secrets.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Returns the environments in which the principal may add a secret.
    async fn environments_to_add(&self, permit: Permit<policy::AskToAddSecret>)
    -> Result<Vec<Environment>, StoreError>;

    /// Adds a secret with its first value. The principal owns it. `form` is the form's token.
    async fn add_secret(
        &self,
        permit: Permit<policy::AddSecret>,
        kind: SecretKind,
        value: GivenValue,
        form: Option<&str>,
    ) -> Result<SecretId, AddError>;

    /// Returns one page of the secrets that the user may see.
    async fn list(&self, permit: Permit<policy::ListSecrets>) -> Result<Listing, StoreError>;

    /// Returns a secret's metadata.
    async fn secret(&self, permit: Permit<policy::ReadSecret>) -> Result<SecretDetail, StoreError>;

    /// Returns which actions are available.
    async fn uses(&self, permit: Permit<policy::ReadUses>) -> Result<SecretUses, StoreError>;

    /// Returns a secret's value and version.
    async fn reveal(&self, permit: Permit<policy::RevealSecret>) -> Result<(OpenedValue, i64), StoreError>;

    /// Stores a new value and returns its version. `over` is the version that the form was made from. A form with a token
    /// does this only once.
    async fn rotate(
        &self,
        permit: Permit<policy::RotateSecret>,
        value: GivenValue,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<i64, RotateError>;

    /// Renames a secret. `over` is the revision that the form was made from.
    async fn rename(&self, permit: Permit<policy::RenameSecret>, over: Option<i64>) -> Result<(), RenameError>;

    /// Returns who has access to a secret.
    async fn access(&self, permit: Permit<policy::ReadAccess>) -> Result<AccessList, StoreError>;

    /// Gives an identity access, replacing an existing grant. A form with a token does this only
    /// once.
    async fn share(&self, permit: Permit<policy::ShareSecret>, form: Option<&str>) -> Result<Shared, ShareError>;

    /// Revokes an identity's access.
    async fn unshare(&self, permit: Permit<policy::UnshareSecret>) -> Result<(), StoreError>;

    /// Returns the decisions about a secret, the newest first.
    async fn history(&self, permit: Permit<policy::ReadHistory>) -> Result<Vec<HistoryRow>, StoreError>;

    /// Returns the secrets after a position, at most `limit`.
    async fn browse(&self, permit: Permit<policy::BrowseSecrets>, limit: u32) -> Result<Export, StoreError>;

    /// Returns a batch of an export, sorted by name.
    async fn export(&self, permit: Permit<policy::ExportSecrets>) -> Result<Export, StoreError>;
}
