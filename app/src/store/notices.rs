//! What a person is told about their own account, and incidents.

use super::{StoreError, Unit};
use crate::door::Permit;
use crate::pages::{dashboard, inbox};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{IdentityId, IncidentId, Moment, NoticeId, Principal};

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
    pub at: Moment,
    /// What it tells.
    pub kind: NoticeKind,
    /// Of what: a browser, a method, a session.
    pub about: String,
    /// Whether the person has seen it.
    pub read: bool,
}

/// What an incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentKind {
    /// A handle came back that had been replaced; the session was ended.
    Replay,
    /// A row of newer handles was never taken; the session goes on, and has to be confirmed there.
    RenewalsIgnored,
    /// The ledger's database holds another history than the one that was signed.
    Fork,
}

impl IncidentKind {
    /// The kind as rows spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::RenewalsIgnored => "renewals_ignored",
            Self::Fork => "fork",
        }
    }

    /// Reads what [`IncidentKind::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Replay, Self::RenewalsIgnored, Self::Fork].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// By whom an incident was closed.
#[derive(Clone, Debug)]
pub struct Closed {
    /// When.
    pub at: Moment,
    /// The name for people.
    pub by: String,
}

/// An incident.
#[derive(Clone, Debug)]
pub struct IncidentRow {
    /// Its id.
    pub id: IncidentId,
    /// When.
    pub at: Moment,
    /// What it is.
    pub kind: IncidentKind,
    /// Whose session, by the name for people.
    pub who: String,
    /// Whether that is whoever looks.
    pub is_own: bool,
    /// The session.
    pub session: String,
    /// From where the copy was used.
    pub address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
    /// When the person whom it is about has seen it.
    pub acknowledged: Option<Moment>,
    /// Whether it was closed.
    pub closed: Option<Closed>,
}

/// What decides about an incident.
#[derive(Clone, Copy, Debug)]
pub struct IncidentFacts {
    /// Whose session it is about.
    pub identity: IdentityId,
}

impl Facts for IncidentFacts {
    type Key = IncidentId;
}

impl LoadFacts<dyn Unit> for IncidentFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a IncidentId,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.incident_facts(key)
    }
}

/// Reads and writes of notices and incidents.
#[async_trait]
pub trait Notices: Send + Sync {
    /// The asker's own notices.
    async fn inbox(&self, permit: Permit<inbox::can::ReadInbox>) -> Result<Vec<Notice>, StoreError>;

    /// Marks all of them as read.
    async fn read_inbox(&self, permit: Permit<inbox::can::MarkRead>) -> Result<(), StoreError>;

    /// Notes that the asker has seen an incident about them. It stays open for whoever can close it.
    async fn acknowledge_incident(&self, permit: Permit<dashboard::can::AcknowledgeIncident>)
    -> Result<(), StoreError>;

    /// Closes an incident.
    async fn close_incident(&self, permit: Permit<dashboard::can::CloseIncident>) -> Result<(), StoreError>;
}
