//! Revocations: which sessions ended, by whom, how fast that took effect, and the store trait.

use crate::backend::{Permit, StoreError, Unit};
use crate::identities::store::Named;
use crate::sessions::policy;
use crate::sessions::store::SessionCard;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{IdentityId, Principal, RevocationId, Timestamp};

/// A preview of a revocation.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The number of sessions that would end.
    pub sessions: i64,
    /// The number of identities that they belong to.
    pub identities: i64,
    /// Whether the asking session is among them.
    pub own: bool,
    /// The first of these sessions.
    pub first: Vec<SessionCard>,
    /// Whether the identity or the role of the scope exists.
    pub exists: bool,
}

/// The choices for ending sessions, and what was ended before.
#[derive(Clone, Debug)]
pub struct EndChoices {
    /// What the chosen scope would end.
    pub preview: Option<Preview>,
    /// The latest revocations.
    pub earlier: Vec<RevocationRow>,
    /// The names of identities, if there are few enough to choose from a list.
    pub people: Vec<Named>,
    /// The names of roles.
    pub roles: Vec<String>,
}

/// A revocation and its measurements.
#[derive(Clone, Debug)]
pub struct Revocation {
    pub id: RevocationId,
    /// When it was requested.
    pub at: Timestamp,
    /// The display name of who requested it.
    pub by: String,
    /// Which sessions were chosen, as text.
    pub scope: String,
    /// The number of sessions that ended.
    pub ended: i64,
    /// When it was durable, or `None` if that is not measured yet.
    pub committed: Option<Timestamp>,
    /// When the last request began that one of these sessions was still allowed.
    pub last_accepted: Option<Timestamp>,
    /// The number of open streams that were closed.
    pub streams: i64,
    /// When the last stream was closed.
    pub streams_closed: Option<Timestamp>,
    /// The number of tabs that reported being empty.
    pub tabs: i64,
    /// When the last tab reported.
    pub tabs_emptied: Option<Timestamp>,
}

/// A row of the list of revocations.
#[derive(Clone, Debug)]
pub struct RevocationRow {
    pub id: RevocationId,
    pub at: Timestamp,
    /// The display name of who requested it.
    pub by: String,
    /// Which sessions were chosen, as text.
    pub scope: String,
    /// The number of sessions that ended.
    pub ended: i64,
}

/// The facts for decisions about a revocation.
#[derive(Clone, Copy, Debug)]
pub struct RevocationFacts {
    /// The identity that requested it, or `None` for the command line.
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

/// Ends sessions. Each method returns when the ended sessions are no longer accepted.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Ends one session: the user's own, or another's if policy allows that.
    async fn end_session(&self, permit: Permit<policy::EndSession>) -> Result<RevocationId, StoreError>;

    /// Ends every session of the user, or every other one.
    async fn end_own_sessions(&self, permit: Permit<policy::EndOwnSessions>) -> Result<RevocationId, StoreError>;

    /// Returns what a revocation would end, and what can be chosen.
    async fn preview(&self, permit: Permit<policy::PreviewRevocation>) -> Result<EndChoices, StoreError>;

    /// Ends the sessions of a scope.
    async fn revoke(&self, permit: Permit<policy::Revoke>) -> Result<RevocationId, StoreError>;

    /// Returns a revocation's measurements.
    async fn revocation(&self, permit: Permit<policy::ReadRevocation>) -> Result<Revocation, StoreError>;
}
