//! Sessions: the facts for policies, the data for pages, and the store trait.

use crate::backend::{Permit, StoreError, Unit};
use crate::sessions;
use crate::sign_in;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::Asked;
use doorward::guard::{LoadFacts, Pending};
use doorward::policy::Protection;
use doorward::{IdentityId, Kind, Method, Principal, RevocationId, SecretText, SessionId, TimeSpan, Timestamp};

/// The number of sessions on a page.
pub const PAGE_ROWS: u32 = 50;

/// A live session as pages show it.
#[derive(Clone, Debug)]
pub struct SessionCard {
    /// Its public id.
    pub id: SessionId,
    /// The identity's display name.
    pub who: String,
    /// The identity's sign-in name.
    pub name: String,
    /// The identity's kind.
    pub kind: Kind,
    /// When it began.
    pub started: Timestamp,
    /// The authentication method.
    pub method: Method,
    /// When it was authenticated.
    pub authenticated: Timestamp,
    /// The client's address.
    pub address: Option<String>,
    /// The browser's `User-Agent`.
    pub user_agent: Option<String>,
    /// When it was last used, to the minute.
    pub last_used: Timestamp,
    /// The idle limit.
    pub idle: TimeSpan,
    /// When it ends if it is not used.
    pub idle_end: Timestamp,
    /// When it ends in any case.
    pub ends: Timestamp,
}

/// The facts for decisions about a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionFacts {
    /// The identity that it belongs to.
    pub identity: IdentityId,
    /// Whether that is the asking principal.
    pub is_own: bool,
}

impl Facts for SessionFacts {
    type Key = SessionId;

    /// Sessions of others are protected, so that somebody with an administrator's stolen session
    /// cannot end everybody's sessions.
    fn protection(&self) -> Protection {
        if self.is_own { Protection::NONE } else { Protection::FRESH }
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

/// The user's own sessions.
#[derive(Clone, Debug)]
pub struct OwnSessions {
    /// Every live session, the most recently used first.
    pub sessions: Vec<SessionCard>,
    /// The asking session.
    pub this: SessionId,
    /// The user's latest revocation.
    pub last_revocation: Option<RevocationId>,
}

/// A page of everybody's sessions.
#[derive(Clone, Debug)]
pub struct SessionListing {
    /// The sessions of the page.
    pub sessions: Vec<SessionCard>,
    /// The total number of sessions.
    pub total: i64,
    /// Whether the user may end them.
    pub may_end: bool,
    /// Whether the user may reset the sign-in methods of others.
    pub may_reset: bool,
}

/// Reads and writes sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Ends the asking session.
    async fn end_own(&self, permit: Permit<sign_in::policy::EndOwnSession>) -> Result<(), StoreError>;

    /// Returns the user's own sessions.
    async fn own_sessions(&self, permit: Permit<sessions::policy::ListOwnSessions>) -> Result<OwnSessions, StoreError>;

    /// Returns everybody's sessions.
    async fn all_sessions(&self, permit: Permit<sessions::policy::ListSessions>) -> Result<SessionListing, StoreError>;

    /// Returns a new handle for the asking session if one is due. The old handle stays valid until
    /// the new one is used.
    async fn renew_handle(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, StoreError>;

    /// Remembers something in a session that has not ended. Writes only if it is not remembered
    /// already.
    async fn remember(&self, session: SessionId, what: Remembered, value: &str) -> Result<(), StoreError>;

    /// Returns what a session remembers.
    async fn recall(&self, session: SessionId, what: Remembered) -> Result<Option<String>, StoreError>;

    /// Returns what a session remembers, and forgets it.
    async fn take(&self, session: SessionId, what: Remembered) -> Result<Option<String>, StoreError>;
}

/// What pages remember in a session. None of it grants anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// The message for the next page.
    Message,
    /// The address of the list of secrets, with the filter that it had last.
    SecretList,
    /// That the first steps are not shown any more.
    StepsDismissed,
}

impl Remembered {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "flash",
            Self::SecretList => "secret-list",
            Self::StepsDismissed => "steps-dismissed",
        }
    }
}
