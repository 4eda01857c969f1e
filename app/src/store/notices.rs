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
        }
    }

    /// Reads what [`NoticeKind::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::NewBrowser, Self::MethodChanged, Self::Incident, Self::SessionsEnded, Self::RecordSetAside]
            .into_iter()
            .find(|kind| kind.as_str() == text)
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

/// An incident that nobody has closed.
#[derive(Clone, Debug)]
pub struct IncidentRow {
    /// Its id.
    pub id: IncidentId,
    /// When.
    pub at: Moment,
    /// Whose session, by the name for people.
    pub who: String,
    /// The session that was ended.
    pub session: String,
    /// From where the copy was used.
    pub address: Option<String>,
    /// With which browser.
    pub user_agent: Option<String>,
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

    /// Closes an incident.
    async fn close_incident(&self, permit: Permit<dashboard::can::CloseIncident>) -> Result<(), StoreError>;
}
