//! Pending values and the labels of versions, and the store trait for them.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy::{DiscardPending, PromotePending, SavePending};
use crate::secrets::store::{BadValue, GivenValue, LaterChange};
use async_trait::async_trait;
use doorward::Timestamp;
use std::fmt;

/// Names a version: by its number, or by what it is for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionLabel {
    Number(i64),
    /// The newest version, which everybody gets.
    Current,
    /// The version before it.
    Previous,
    /// The value that is saved and not in use yet.
    Pending,
}

impl VersionLabel {
    /// Parses a label, or the number of a version: digits alone, from 1 on.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "current" => Some(Self::Current),
            "previous" => Some(Self::Previous),
            "pending" => Some(Self::Pending),
            text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok().filter(|number| *number > 0).map(Self::Number)
            }
            _ => None,
        }
    }

    /// Returns the number of the version, or `None` for the pending value.
    #[must_use]
    pub const fn number(self, current: i64) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Current => Some(current),
            Self::Previous => Some(current - 1),
            Self::Pending => None,
        }
    }
}

impl fmt::Display for VersionLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Current => out.write_str("current"),
            Self::Previous => out.write_str("previous"),
            Self::Pending => out.write_str("pending"),
        }
    }
}

/// The number of a pending value, which is no version yet.
pub const NO_VERSION: i64 = 0;

/// What may be seen of a pending value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingValue {
    pub saved: Timestamp,
    /// The display name of who saved it.
    pub by: Option<String>,
    pub reason: String,
    pub file_name: Option<String>,
    /// The length of the value, if the reader may reveal it.
    pub bytes: Option<i64>,
}

/// Why no value was saved as pending.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavePendingError {
    #[error(transparent)]
    Value(#[from] BadValue),
    #[error("the form was sent before")]
    SentBefore,
    #[error("another value is pending")]
    Already,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a pending value was neither promoted nor discarded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromoteError {
    #[error("it is not pending any more")]
    NotPending,
    #[error("the value was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Saves, promotes and discards pending values.
#[async_trait]
pub trait PendingValues: Send + Sync {
    /// Saves a value that nobody gets until it is promoted. A form with a token does this only once.
    async fn save_pending(
        &self,
        permit: Permit<SavePending>,
        value: GivenValue,
        form: Option<&str>,
    ) -> Result<(), SavePendingError>;

    /// Makes it the current value, and returns its version. `over` is the version that the form was made from.
    async fn promote(&self, permit: Permit<PromotePending>, over: Option<i64>) -> Result<i64, PromoteError>;

    async fn discard_pending(&self, permit: Permit<DiscardPending>) -> Result<(), PromoteError>;
}
