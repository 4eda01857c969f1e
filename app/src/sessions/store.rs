//! Sessions: who has which, and how a person ends their own.

use crate::backend::{Permit, StoreError, Unit};
use crate::sessions;
use crate::sign_in;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::Asked;
use doorward::guard::{HandleHash, LoadFacts, Pending};
use doorward::{IdentityId, Kind, Method, Principal, RevocationId, SecretText, SessionId, TimeSpan, Timestamp};

/// Sessions on one page of the list.
pub const PAGE_ROWS: u32 = 50;

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
    pub started: Timestamp,
    /// How it was authenticated.
    pub method: Method,
    /// When that was.
    pub authenticated: Timestamp,
    /// From which network address.
    pub address: Option<String>,
    /// With which browser, as it calls itself.
    pub user_agent: Option<String>,
    /// When it was last used, to the minute.
    pub last_used: Timestamp,
    /// How long it may lie unused.
    pub idle: TimeSpan,
    /// When it ends if nothing is done.
    pub idle_end: Timestamp,
    /// When it ends in any case.
    pub ends: Timestamp,
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

/// Reads and writes of sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Ends the asker's own session, at once.
    async fn end_own(&self, permit: Permit<sign_in::policy::EndOwnSession>) -> Result<(), StoreError>;

    /// The asker's own sessions.
    async fn own_sessions(&self, permit: Permit<sessions::policy::ListOwnSessions>) -> Result<OwnSessions, StoreError>;

    /// Everybody's sessions.
    async fn all_sessions(&self, permit: Permit<sessions::policy::ListSessions>) -> Result<SessionListing, StoreError>;

    /// A new handle for the session that asks, where it is time for one. The old one counts until the new one is used.
    async fn renew_handle(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, StoreError>;

    /// Keeps a message in the session until the next page shows it.
    async fn put_flash(&self, handle: &HandleHash, message: &str) -> Result<(), StoreError>;

    /// Takes the message that waits in the session.
    async fn take_flash(&self, handle: &HandleHash) -> Result<Option<String>, StoreError>;
}
