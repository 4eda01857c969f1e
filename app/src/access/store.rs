//! What the overview shows, and incidents.

use crate::access::policy;
use crate::backend::{Permit, StoreError, Unit};
use crate::sessions::store::SessionCard;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::ledger::Outcome;
use doorward::{Environment, IdentityId, IncidentId, Principal, RecordId, Timestamp};

/// What a person may do in one environment.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The environment.
    pub environment: Environment,
    /// How many secrets they may see there.
    pub secrets: i64,
    /// The permissions their roles hold there, by name.
    pub permissions: Vec<String>,
}

/// A decision about the person who reads it.
#[derive(Clone, Debug)]
pub struct OwnDecision {
    /// The record.
    pub id: RecordId,
    /// When.
    pub at: Timestamp,
    /// The action's name.
    pub action: String,
    /// What it was about.
    pub resource: String,
    /// The name that it had then, if it was allowed: nobody is told the name of what was refused to them.
    pub resource_name: Option<String>,
    /// Whether it was allowed.
    pub allowed: bool,
    /// What became of it; `None` if that was not recorded.
    pub outcome: Option<Outcome>,
    /// Why, in words.
    pub words: String,
}

/// Everything on the dashboard.
#[derive(Clone, Debug)]
pub struct OverviewData {
    /// What the person may read.
    pub reach: Vec<Reach>,
    /// This session.
    pub session: SessionCard,
    /// Their last decisions, the newest first.
    pub decisions: Vec<OwnDecision>,
    /// Incidents that wait for them: their own, and everybody's where they may see those.
    pub incidents: Vec<IncidentRow>,
    /// Those of before: closed, or about them and seen by them.
    pub earlier_incidents: Vec<IncidentRow>,
    /// Whether they may close those about others.
    pub may_close_incidents: bool,
    /// Whether these are everybody's.
    pub sees_all_incidents: bool,
    /// How many notices they have not read.
    pub unread: i64,
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
    pub at: Timestamp,
    /// The name for people.
    pub by: String,
}

/// An incident.
#[derive(Clone, Debug)]
pub struct IncidentRow {
    /// Its id.
    pub id: IncidentId,
    /// When.
    pub at: Timestamp,
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
    pub acknowledged: Option<Timestamp>,
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

/// Reads of the overview; reads and writes of incidents.
#[async_trait]
pub trait Access: Send + Sync {
    /// The asker's own dashboard.
    async fn overview(&self, permit: Permit<policy::ReadOverview>) -> Result<OverviewData, StoreError>;

    /// Notes that the asker has seen an incident about them. It stays open for whoever can close it.
    async fn acknowledge_incident(&self, permit: Permit<policy::AcknowledgeIncident>) -> Result<(), StoreError>;

    /// Closes an incident.
    async fn close_incident(&self, permit: Permit<policy::CloseIncident>) -> Result<(), StoreError>;
}
