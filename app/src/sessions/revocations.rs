//! Ending sessions: which, by whom, and how fast that held.

use crate::backend::{Permit, StoreError, Unit};
use crate::sessions::policy;
use crate::sessions::store::SessionCard;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{IdentityId, Principal, RevocationId, Timestamp};

/// What would end.
#[derive(Clone, Debug)]
pub struct Preview {
    /// How many sessions.
    pub sessions: i64,
    /// Of how many identities.
    pub identities: i64,
    /// Whether the asker's own is among them.
    pub own: bool,
    /// The first of them.
    pub first: Vec<SessionCard>,
}

/// One ending of sessions, and how fast it held.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Its id.
    pub id: RevocationId,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked.
    pub by: String,
    /// By what the sessions were chosen, in words.
    pub scope: String,
    /// How many sessions ended.
    pub ended: i64,
    /// When it was durable; nothing where that is not measured yet.
    pub committed: Option<Timestamp>,
    /// When the last request began that was still allowed to one of them.
    pub last_accepted: Option<Timestamp>,
    /// How many open pages were told.
    pub streams: i64,
    /// When the last of their streams was closed.
    pub streams_closed: Option<Timestamp>,
    /// How many tabs said that they are empty.
    pub tabs: i64,
    /// When the last of them did.
    pub tabs_emptied: Option<Timestamp>,
}

/// A line of the list of revocations.
#[derive(Clone, Debug)]
pub struct RevocationRow {
    /// Its id.
    pub id: RevocationId,
    /// When.
    pub at: Timestamp,
    /// Who asked.
    pub by: String,
    /// By what the sessions were chosen, in words.
    pub scope: String,
    /// How many sessions ended.
    pub ended: i64,
}

/// What decides about a revocation.
#[derive(Clone, Copy, Debug)]
pub struct RevocationFacts {
    /// Who asked for it; nobody where the command line did.
    pub by: Option<IdentityId>,
}

impl Facts for RevocationFacts {
    type Key = RevocationId;
}

impl LoadFacts<dyn Unit> for RevocationFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a RevocationId,
        _: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.revocation_facts(key)
    }
}

/// Ends sessions. Each answers when nothing is accepted of them any more.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Ends one session: the asker's own, or anybody's for whoever may.
    async fn end_session(&self, permit: Permit<policy::EndSession>) -> Result<RevocationId, StoreError>;

    /// Ends every session of the asker, or every other one.
    async fn end_own_sessions(&self, permit: Permit<policy::EndOwnSessions>) -> Result<RevocationId, StoreError>;

    /// What a revocation would end, and the last ones.
    async fn preview(
        &self,
        permit: Permit<policy::PreviewRevocation>,
    ) -> Result<(Option<Preview>, Vec<RevocationRow>), StoreError>;

    /// Ends many.
    async fn revoke(&self, permit: Permit<policy::Revoke>) -> Result<RevocationId, StoreError>;

    /// How fast a revocation held.
    async fn revocation(&self, permit: Permit<policy::ReadRevocation>) -> Result<Revocation, StoreError>;
}
