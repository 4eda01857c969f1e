//! Sessions: who has which, and how a person ends their own.

use super::{IncidentRow, StoreError, Unit};
use crate::door::Permit;
use crate::pages::{all_sessions, dashboard, own_sessions, sign_out};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::Asked;
use doorward::guard::{HandleHash, LoadFacts, Pending};
use doorward::ledger::Outcome;
use doorward::{
    Environment, IdentityId, Kind, Method, Moment, Principal, RecordId, RevocationId, SecretText, SessionId, Span,
};

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

/// A session that counts, as pages show it.
#[derive(Clone, Debug)]
pub struct SessionCard {
    /// Its public id.
    pub id: SessionId,
    /// Whose it is: the name for people.
    pub who: String,
    /// Whose it is: the sign-in name.
    pub name: String,
    /// What kind of identity that is.
    pub kind: Kind,
    /// When it began.
    pub started: Moment,
    /// How it was authenticated.
    pub method: Method,
    /// When that was.
    pub authenticated: Moment,
    /// From which network address.
    pub address: Option<String>,
    /// With which browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it was last used, to the minute.
    pub last_used: Moment,
    /// How long it may lie unused.
    pub idle: Span,
    /// When it ends if nothing is done.
    pub idle_end: Moment,
    /// When it ends in any case.
    pub ends: Moment,
}

/// What decides about a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts {
    /// Whose it is.
    pub identity: IdentityId,
    /// Whether that is whoever asks.
    pub is_own: bool,
}

impl Facts for SessionFacts {
    type Key = SessionId;

    /// Those of others are: whoever holds a stolen session of an administrator must not throw everybody out by it.
    fn protected(&self) -> bool {
        !self.is_own
    }
}

impl LoadFacts<dyn Unit> for SessionFacts {
    fn load<'a>(
        unit: &'a mut (dyn Unit + 'static),
        key: &'a SessionId,
        who: &'a Principal,
    ) -> Pending<'a, Option<Self>> {
        unit.session_facts(key, who)
    }
}

/// A person's own sessions.
#[derive(Clone, Debug)]
pub struct OwnSessions {
    /// Every one that counts, the one that was used last first.
    pub sessions: Vec<SessionCard>,
    /// The session that asks.
    pub this: SessionId,
    /// The last time the person ended some.
    pub last_revocation: Option<RevocationId>,
}

/// A page of everybody's sessions.
#[derive(Clone, Debug)]
pub struct SessionListing {
    /// The sessions of the page.
    pub sessions: Vec<SessionCard>,
    /// How many there are.
    pub total: i64,
    /// Whether the person may end them.
    pub may_end: bool,
    /// Whether the person may reset the ways to sign in of others.
    pub may_reset: bool,
}

/// A decision about the person who reads it.
#[derive(Clone, Debug)]
pub struct OwnDecision {
    /// The record.
    pub id: RecordId,
    /// When.
    pub at: Moment,
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
pub struct Overview {
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

/// Reads and writes of sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The asker's own dashboard.
    async fn overview(&self, permit: Permit<dashboard::can::ReadOverview>) -> Result<Overview, StoreError>;

    /// Ends the asker's own session, at once.
    async fn end_own(&self, permit: Permit<sign_out::can::EndOwnSession>) -> Result<(), StoreError>;

    /// The asker's own sessions.
    async fn own_sessions(&self, permit: Permit<own_sessions::can::ListOwnSessions>)
    -> Result<OwnSessions, StoreError>;

    /// Everybody's sessions.
    async fn all_sessions(&self, permit: Permit<all_sessions::can::ListSessions>)
    -> Result<SessionListing, StoreError>;

    /// A new handle for the session that asks, where it is time for one. The old one counts until the new one is used.
    async fn renew_handle(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, StoreError>;

    /// Keeps a message in the session until the next page shows it.
    async fn put_flash(&self, handle: &HandleHash, message: &str) -> Result<(), StoreError>;

    /// Takes the message that waits in the session.
    async fn take_flash(&self, handle: &HandleHash) -> Result<Option<String>, StoreError>;
}
