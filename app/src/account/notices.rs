//! Notices to people about their own account, and about incidents.

use crate::account::policy;
use crate::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::{NoticeId, SecretId, Timestamp};

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A sign-in with a new browser.
    NewBrowser,
    /// A sign-in method was added, changed or removed.
    MethodChanged,
    /// A copied handle was used.
    Incident,
    /// Somebody else ended the person's sessions.
    SessionsEnded,
    /// The receiver of forwarded records permanently refused one. Sent to administrators.
    RecordSetAside,
    /// One of the person's browsers does not accept newer cookies.
    SessionSuspect,
    /// There is an incident about somebody else. Sent to people who can close it.
    IncidentOpened,
    /// The ledger's database contains a different history than the signed one.
    LedgerForked,
    /// Somebody shared a secret with the person.
    Shared,
    /// Somebody removed the person's access to a secret.
    AccessRemoved,
    /// Somebody else revealed a secret that the person owns.
    Revealed,
    /// Somebody sent the person a value that they can open once.
    DeliveryWaiting,
    /// A value that the person sent was opened.
    DeliveryOpened,
    /// Somebody tried again to open a value that the person sent.
    DeliveryRetried,
    /// Somebody disclosed a canary. Sent to people who can close incidents.
    CanaryDisclosed,
    /// A secret has a new owner.
    OwnerChanged,
    /// A secret of the person was archived, brought back or deleted.
    Archived,
    /// Somebody else took rules off an environment. Sent to administrators.
    RulesRelaxed,
    /// A secret is due for a new value.
    RotationDue,
    /// A secret should have had a new value by now.
    RotationOverdue,
    /// A service account was offered to the person, or changed its owner.
    MachineOwner,
}

impl NoticeKind {
    const ALL: [Self; 21] = [
        Self::NewBrowser,
        Self::MethodChanged,
        Self::Incident,
        Self::SessionsEnded,
        Self::RecordSetAside,
        Self::SessionSuspect,
        Self::IncidentOpened,
        Self::LedgerForked,
        Self::Shared,
        Self::AccessRemoved,
        Self::Revealed,
        Self::DeliveryWaiting,
        Self::DeliveryOpened,
        Self::DeliveryRetried,
        Self::CanaryDisclosed,
        Self::OwnerChanged,
        Self::Archived,
        Self::RulesRelaxed,
        Self::RotationDue,
        Self::RotationOverdue,
        Self::MachineOwner,
    ];

    /// The kinds that a person may mute. All others are about the safety of an account or of the server.
    pub const MUTABLE: [Self; 7] = [
        Self::Shared,
        Self::AccessRemoved,
        Self::Revealed,
        Self::OwnerChanged,
        Self::Archived,
        Self::RotationDue,
        Self::RotationOverdue,
    ];

    /// Returns the kind as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewBrowser => "new_browser",
            Self::MethodChanged => "method_changed",
            Self::Incident => "incident",
            Self::SessionsEnded => "sessions_ended",
            Self::RecordSetAside => "record_set_aside",
            Self::SessionSuspect => "session_suspect",
            Self::IncidentOpened => "incident_opened",
            Self::LedgerForked => "ledger_forked",
            Self::Shared => "shared",
            Self::AccessRemoved => "access_removed",
            Self::Revealed => "revealed",
            Self::DeliveryWaiting => "delivery_waiting",
            Self::DeliveryOpened => "delivery_opened",
            Self::DeliveryRetried => "delivery_retried",
            Self::CanaryDisclosed => "canary_disclosed",
            Self::OwnerChanged => "owner_changed",
            Self::Archived => "archived",
            Self::RulesRelaxed => "rules_relaxed",
            Self::RotationDue => "rotation_due",
            Self::RotationOverdue => "rotation_overdue",
            Self::MachineOwner => "machine_owner",
        }
    }

    /// Parses what [`NoticeKind::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub struct Notice {
    pub id: NoticeId,
    pub at: Timestamp,
    pub kind: NoticeKind,
    /// The subject: a browser, a method, a session, a secret and what was done with it.
    pub about: String,
    /// The secret that it is about.
    pub secret: Option<SecretId>,
    /// Whether the person has read it.
    pub read: bool,
}

/// Reads and updates notices.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Returns the user's own notices.
    async fn inbox(&self, permit: Permit<policy::ReadInbox>) -> Result<Vec<Notice>, StoreError>;

    /// Marks all of them as read.
    async fn read_inbox(&self, permit: Permit<policy::MarkRead>) -> Result<(), StoreError>;

    /// Returns the kinds that the user has muted.
    async fn muted_notices(&self, permit: Permit<policy::ReadSettings>) -> Result<Vec<NoticeKind>, StoreError>;

    /// Mutes exactly the kinds that the permit names.
    async fn mute_notices(&self, permit: Permit<policy::MuteNotices>) -> Result<(), StoreError>;
}
