//! Who uses a secret: the data for pages, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::{ConsumerId, IdentityId, RecordId, Timestamp};

/// The most systems that are declared for one secret.
pub const MOST_CONSUMERS: i64 = 100;

/// What a rotation would mean for somebody who got a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impact {
    /// They read the present version lately, so they are taken to be using it.
    MayBreak,
    /// They read the present version longer ago, and would hold the old value.
    HoldsOld,
    /// They hold the value of an older version already.
    Outdated,
}

/// Somebody who got a value: a person or a machine.
#[derive(Clone, Debug)]
pub struct ReadBy {
    pub identity: IdentityId,
    /// The sign-in name.
    pub name: String,
    /// The version that they got last, and when.
    pub version: i64,
    pub at: Timestamp,
    /// The record of that; a delivery has none of the secret's own.
    pub record: Option<RecordId>,
    /// When they last got the present version, if they did.
    pub present: Option<Timestamp>,
    /// Whether they could read the next version.
    pub may_reveal: bool,
}

impl ReadBy {
    /// Returns what a rotation would mean. `since` is when "lately" begins.
    #[must_use]
    pub fn impact(&self, since: Timestamp) -> Impact {
        match self.present {
            Some(at) if at >= since => Impact::MayBreak,
            Some(_) => Impact::HoldsOld,
            None => Impact::Outdated,
        }
    }
}

/// A system that somebody declared as a user of the secret.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: ConsumerId,
    pub name: String,
    pub contact: String,
    pub note: String,
    /// The display name of who declared it.
    pub added_by: Option<String>,
    pub added: Timestamp,
}

/// A system to declare.
#[derive(Clone, Debug)]
pub struct NewConsumer {
    pub name: String,
    pub contact: String,
    pub note: String,
}

/// Who uses a secret.
#[derive(Clone, Debug)]
pub struct Consumers {
    /// The secret's name.
    pub name: String,
    /// The present version.
    pub version: i64,
    pub readers: Vec<ReadBy>,
    /// Whether there were more reveals than were looked at.
    pub is_cut: bool,
    pub declared: Vec<Declared>,
    /// Whether the user may declare and remove systems.
    pub may_edit: bool,
    /// Whether the user may open the records.
    pub may_read_ledger: bool,
}

/// Why a system was not declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddConsumerError {
    #[error("the form was sent before")]
    SentBefore,
    #[error("there are too many")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and declares who uses a secret.
#[async_trait]
pub trait SecretConsumers: Send + Sync {
    async fn consumers(&self, permit: Permit<policy::ReadConsumers>) -> Result<Consumers, StoreError>;

    /// Declares a system. `form` is the form's token.
    async fn add_consumer(
        &self,
        permit: Permit<policy::AddConsumer>,
        new: NewConsumer,
        form: Option<&str>,
    ) -> Result<(), AddConsumerError>;

    async fn remove_consumer(&self, permit: Permit<policy::RemoveConsumer>) -> Result<(), StoreError>;
}
