//! What a person is told about their own account, and incidents.

use crate::account::policy;
use crate::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::{NoticeId, Timestamp};

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Somebody signed in with a browser that was not seen before.
    NewBrowser,
    /// A way to sign in was added, changed or taken away.
    MethodChanged,
    /// A copied handle was used.
    Incident,
    /// Somebody else ended sessions.
    SessionsEnded,
    /// The receiver of forwarded records refused one for good; told to administrators.
    RecordSetAside,
    /// A browser of theirs takes no newer cookie.
    SessionSuspect,
    /// There is an incident about somebody, for whoever can close it.
    IncidentOpened,
    /// The ledger's database holds another history than the one that was signed.
    LedgerForked,
}

impl NoticeKind {
    /// The kind as rows spell it.
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
        }
    }

    /// Reads what [`NoticeKind::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::NewBrowser,
            Self::MethodChanged,
            Self::Incident,
            Self::SessionsEnded,
            Self::RecordSetAside,
            Self::SessionSuspect,
            Self::IncidentOpened,
            Self::LedgerForked,
        ];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// When.
    pub at: Timestamp,
    /// What it tells.
    pub kind: NoticeKind,
    /// Of what: a browser, a method, a session.
    pub about: String,
    /// Whether the person has seen it.
    pub read: bool,
}

/// Reads and writes of notices and incidents.
#[async_trait]
pub trait Notices: Send + Sync {
    /// The asker's own notices.
    async fn inbox(&self, permit: Permit<policy::ReadInbox>) -> Result<Vec<Notice>, StoreError>;

    /// Marks all of them as read.
    async fn read_inbox(&self, permit: Permit<policy::MarkRead>) -> Result<(), StoreError>;
}
