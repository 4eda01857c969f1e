//! The versions of a value, and the store trait for them.

mod past;
mod pending;

pub use past::{
    DeletedSince, FolderPast, MOST_RESTORED, PastRow, PointInTime, RestoreFolderError, RestoredFolder, Since,
};
pub use pending::{NO_VERSION, PendingValue, PendingValues, PromoteError, SavePendingError, VersionLabel};

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::{OpenedValue, SecretKind};
use crate::ui::time::exact;
use async_trait::async_trait;
use doorward::Timestamp;

/// The number of versions on a page.
pub const VERSION_ROWS: u32 = 50;

/// One version of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// [`NO_VERSION`] for the pending value.
    pub version: i64,
    /// The display name of who made it, or `None` if the command line did.
    pub by: Option<String>,
    pub at: Timestamp,
    /// The reason that was stated; empty if there was none.
    pub reason: String,
    /// The version whose value it brought back.
    pub restored_from: Option<i64>,
    /// If it was pending before: when it was saved, and the display name of who saved it.
    pub saved: Option<(Timestamp, Option<String>)>,
    /// The name of a file.
    pub file_name: Option<String>,
    /// The length of the value, if the reader may reveal it.
    pub bytes: Option<i64>,
}

/// The versions of a value, the newest first.
#[derive(Clone, Debug)]
pub struct VersionList {
    /// The secret's name.
    pub name: String,
    pub kind: SecretKind,
    pub current: i64,
    pub rows: Vec<VersionRow>,
    pub pending: Option<PendingValue>,
    /// The versions to set side by side, if both exist.
    pub compared: Option<(VersionRow, VersionRow)>,
    /// Whether there are older ones.
    pub has_older: bool,
    pub may_reveal: bool,
    /// Whether the environment asks for a reason before a value is shown.
    pub asks_reason: bool,
    pub may_restore: bool,
}

/// A change that somebody made after a form was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaterChange {
    /// The display name, or `None` if the command line made it.
    pub by: Option<String>,
    pub at: Timestamp,
}

impl LaterChange {
    /// Says who changed the secret and when.
    #[must_use]
    pub fn in_words(&self) -> String {
        let by = self.by.as_deref().unwrap_or("An import");
        format!("{by} changed this secret on {}, after you opened the form.", exact(self.at))
    }
}

/// Why a version was not brought back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error("there is no such version")]
    NoSuchVersion,
    #[error("it is the current version")]
    Current,
    #[error("the form was sent before")]
    SentBefore,
    #[error("the value was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and restores versions.
#[async_trait]
pub trait Versions: Send + Sync {
    /// Returns a page of the versions of a value.
    async fn versions(&self, permit: Permit<policy::ReadVersions>) -> Result<VersionList, StoreError>;

    /// Returns the value of one version, and its number, which is [`NO_VERSION`] for the pending value.
    async fn reveal_version(&self, permit: Permit<policy::RevealVersion>) -> Result<(OpenedValue, i64), StoreError>;

    /// Makes a new version with the value of an older one, and returns its number. `over` is the version that the form
    /// was made from.
    async fn restore(
        &self,
        permit: Permit<policy::RestoreVersion>,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<i64, RestoreError>;
}
