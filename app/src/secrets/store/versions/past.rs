//! A folder at a point in time, and the store trait for it.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy::{ReadFolderThen, RestoreFolder};
use crate::secrets::store::VersionRow;
use async_trait::async_trait;
use doorward::guard::Asked;
use doorward::{Environment, SecretId, Timestamp};

/// The most secrets of a folder that are restored at once.
pub const MOST_RESTORED: usize = 500;

/// What has become of a secret since the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// It has another value.
    Changed,
    /// It was archived. `changed` if it had another value before that.
    Archived {
        changed: bool,
    },
    /// It was archived, and the user may not bring it back.
    StaysArchived,
    /// It was archived at that time already, and is not touched.
    ArchivedBefore,
    /// It was added.
    Added,
    /// It was renamed into the folder.
    MovedHere,
    Unchanged,
}

impl Since {
    /// Returns whether restoring the folder changes the secret.
    #[must_use]
    pub const fn is_restored(self) -> bool {
        matches!(self, Self::Changed | Self::Archived { .. })
    }

    /// Returns whether restoring the folder makes a version.
    #[must_use]
    pub const fn gets_version(self) -> bool {
        matches!(self, Self::Changed | Self::Archived { changed: true })
    }
}

/// A secret, then and now. No value is among it.
#[derive(Clone, Debug)]
pub struct PastRow {
    pub id: SecretId,
    /// Its name now.
    pub name: String,
    /// Its name then, if that was another one.
    pub name_then: Option<String>,
    /// Its version then, or `None` if it did not exist.
    pub then: Option<VersionRow>,
    pub now: VersionRow,
    pub since: Since,
    /// Why the user may not restore it.
    pub refusal: Option<&'static str>,
}

/// A secret that was deleted for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedSince {
    pub name: String,
    pub at: Timestamp,
}

/// What has changed in a folder since a time.
#[derive(Clone, Debug, Default)]
pub struct FolderPast {
    /// The environments in which the user may know of secrets.
    pub environments: Vec<Environment>,
    /// Every secret that the user may know of, those that are restored first.
    pub rows: Vec<PastRow>,
    /// The newest ones. Only for users who oversee the environment.
    pub deleted: Vec<DeletedSince>,
    /// Whether there are more secrets than are restored at once. There are no rows then.
    pub too_many: bool,
    /// What a restoration names, so that it does what was shown or nothing.
    pub seen: String,
    pub may_restore: bool,
}

/// What a restoration did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestoredFolder {
    /// How many secrets got a new version.
    pub versions: usize,
    /// How many were brought back.
    pub brought_back: usize,
}

/// Why no secret of a folder was restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreFolderError {
    #[error("the form was sent before")]
    SentBefore,
    #[error("something was changed meanwhile")]
    Stale,
    #[error("there is nothing to restore")]
    Nothing,
    #[error("there are too many secrets")]
    TooMany,
    /// The names of secrets that the user may not restore.
    #[error("not all of them may be restored")]
    Refused(Vec<String>),
    /// The names of secrets, each with the version whose value cannot be decrypted.
    #[error("not every value can be decrypted")]
    Damaged(Vec<(String, i64)>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and restores folders at a point in time.
#[async_trait]
pub trait PointInTime: Send + Sync {
    /// Returns what has changed since.
    async fn folder_then(&self, permit: Permit<ReadFolderThen>) -> Result<FolderPast, StoreError>;

    /// Restores every secret that has changed since, with a record for each: all of them or none. `seen` is what the
    /// preview named. A form with a token does this only once.
    async fn restore_folder(
        &self,
        permit: Permit<RestoreFolder>,
        asked: &Asked,
        seen: &str,
        form: Option<&str>,
    ) -> Result<RestoredFolder, RestoreFolderError>;
}
