//! The overview and incidents: the data for pages, and the store trait.

pub mod environments;
pub mod machines;
pub mod permissions;
pub mod roles;

use crate::access::policy;
use crate::backend::{Permit, StoreError, Unit};
use crate::secrets::store::ToRotate;
use crate::sessions::store::SessionCard;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::ledger::Outcome;
use doorward::{Environment, IdentityId, IncidentId, Principal, RecordId, Timestamp};

/// What a user may do in one environment.
#[derive(Clone, Debug)]
pub struct Reach {
    pub environment: Environment,
    /// Whether it is marked.
    pub protected: bool,
    /// The number of secrets that they may see there.
    pub secrets: i64,
    /// The permissions that their roles hold there, by name.
    pub permissions: Vec<String>,
}

/// A decision about the user who reads it.
#[derive(Clone, Debug)]
pub struct OwnDecision {
    pub id: RecordId,
    pub at: Timestamp,
    /// The action's name.
    pub action: String,
    pub resource: String,
    /// The resource's name at that time, if the action was allowed. A refused user does not learn
    /// the name.
    pub resource_name: Option<String>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The outcome, or `None` if it was not recorded.
    pub outcome: Option<Outcome>,
    /// The reason or the grounds, as text.
    pub words: String,
}

/// Everything on the overview.
#[derive(Clone, Debug)]
pub struct OverviewData {
    /// What the user may do, by environment.
    pub reach: Vec<Reach>,
    /// This session.
    pub session: SessionCard,
    /// The user's latest decisions, the newest first.
    pub decisions: Vec<OwnDecision>,
    /// Open incidents: the user's own, and everybody's if they may see those.
    pub incidents: Vec<IncidentRow>,
    /// Earlier incidents: closed, or acknowledged by the user.
    pub earlier_incidents: Vec<IncidentRow>,
    /// Whether the user may close incidents about others.
    pub may_close_incidents: bool,
    /// Whether incidents of everybody are included.
    pub sees_all_incidents: bool,
    /// The number of unread notices.
    pub unread: i64,
    /// The secrets that the user is to give new values.
    pub to_rotate: ToRotate,
}

/// The kind of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IncidentKind {
    /// A replaced handle was used again, and the session was ended.
    Replay,
    /// Newer handles were offered several times and never used. The session stays live but must be
    /// confirmed there.
    RenewalsIgnored,
    /// The ledger's database contains a different history than the signed one.
    Fork,
    /// A value that can be opened once was asked for again.
    DeliveryRetried,
    /// A canary was disclosed, and the session was ended. The person concerned is not told.
    Canary,
}

impl IncidentKind {
    /// Returns the kind as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::RenewalsIgnored => "renewals_ignored",
            Self::Fork => "fork",
            Self::DeliveryRetried => "delivery_retried",
            Self::Canary => "canary",
        }
    }

    /// Parses what [`IncidentKind::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Replay, Self::RenewalsIgnored, Self::Fork, Self::DeliveryRetried, Self::Canary]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Who closed an incident, and when.
#[derive(Clone, Debug)]
pub struct Closed {
    pub at: Timestamp,
    /// Their display name.
    pub by: String,
}

#[derive(Clone, Debug)]
pub struct IncidentRow {
    pub id: IncidentId,
    pub at: Timestamp,
    /// What it is.
    pub kind: IncidentKind,
    /// The display name of the session's identity.
    pub who: String,
    /// Whether that is the user who is looking.
    pub is_own: bool,
    pub session: String,
    /// Where the copied handle was used.
    pub address: Option<String>,
    /// The browser that used it.
    pub user_agent: Option<String>,
    /// When the person concerned acknowledged it.
    pub acknowledged: Option<Timestamp>,
    /// Who closed it, if it was closed.
    pub closed: Option<Closed>,
}

/// The facts for decisions about an incident.
#[derive(Clone, Copy, Debug)]
pub struct IncidentFacts {
    /// The identity whose session it is about.
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

/// Reads the overview; reads and updates incidents.
#[async_trait]
pub trait Access: Send + Sync {
    /// Returns the user's own overview.
    async fn overview(&self, permit: Permit<policy::ReadOverview>) -> Result<OverviewData, StoreError>;

    /// Stores that the user has acknowledged an incident about them. It stays open for people who
    /// can close it.
    async fn acknowledge_incident(&self, permit: Permit<policy::AcknowledgeIncident>) -> Result<(), StoreError>;

    /// Closes an incident.
    async fn close_incident(&self, permit: Permit<policy::CloseIncident>) -> Result<(), StoreError>;
}
