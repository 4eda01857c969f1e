//! Ending sessions: which, by whom, and how fast that held.

use super::{SessionCard, StoreError, Unit};
use crate::door::Permit;
use crate::pages::{end_sessions, own_sessions, revocation};
use crate::ui::time::{self, rfc3339_shortest};
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::{IdentityId, Method, Moment, Principal, RevocationId, SessionId};
use ipnet::IpNet;
use std::fmt;

/// A network of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl Network {
    /// Whether an address, as sessions keep it, is in this network.
    #[must_use]
    pub fn contains(self, address: &str) -> bool {
        address.parse::<std::net::IpAddr>().is_ok_and(|address| self.0.contains(&address.to_canonical()))
    }
}

/// By what sessions are chosen that are to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// One session.
    Session,
    /// Every session of one identity.
    Identity,
    /// Every session of whoever has a role.
    Role,
    /// Every session that was authenticated by a method.
    Method,
    /// Every session from a network.
    Network,
    /// Every session that was authenticated before a moment.
    Before,
    /// Every session.
    Everything,
}

impl ScopeKind {
    /// Those by which an administrator chooses.
    pub const CHOICES: [Self; 6] =
        [Self::Identity, Self::Role, Self::Method, Self::Network, Self::Before, Self::Everything];

    /// The kind as rows, forms and commands spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Identity => "identity",
            Self::Role => "role",
            Self::Method => "method",
            Self::Network => "network",
            Self::Before => "before",
            Self::Everything => "everything",
        }
    }

    /// Reads what [`ScopeKind::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Session].into_iter().chain(Self::CHOICES).find(|kind| kind.as_str() == text)
    }

    /// The kind as people say it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Session => "One session",
            Self::Identity => "An identity",
            Self::Role => "A role",
            Self::Method => "A way to sign in",
            Self::Network => "A network",
            Self::Before => "Authenticated before",
            Self::Everything => "Everything",
        }
    }
}

/// Which sessions are to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This session.
    Session(SessionId),
    /// Those of the identity with this sign-in name.
    Identity(String),
    /// Those of whoever has this role.
    Role(String),
    /// Those that were authenticated so.
    Method(Method),
    /// Those from here.
    Network(Network),
    /// Those that were authenticated before.
    Before(Moment),
    /// All.
    Everything,
}

/// Why a text chooses no sessions: a sentence for whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadScope(pub &'static str);

impl Scope {
    /// Reads a scope: its kind, and what it is about.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(kind: ScopeKind, subject: &str) -> Result<Self, BadScope> {
        let name = |what| {
            let fits = !subject.is_empty() && subject.len() <= 64 && !subject.chars().any(char::is_control);
            if fits { Ok(subject.to_lowercase()) } else { Err(BadScope(what)) }
        };
        match kind {
            ScopeKind::Session => {
                SessionId::parse(subject).map(Self::Session).map_err(|_| BadScope("That names no session."))
            }
            ScopeKind::Identity => name("Give a sign-in name.").map(Self::Identity),
            ScopeKind::Role => name("Give the name of a role.").map(Self::Role),
            ScopeKind::Method => {
                let known = "Give a way to sign in: password, password+code, password+recovery-code or passkey.";
                Method::parse(subject).map(Self::Method).ok_or(BadScope(known))
            }
            ScopeKind::Network => network(subject)
                .map(Self::Network)
                .ok_or(BadScope("Give an address, or a network such as 198.51.100.0/24.")),
            ScopeKind::Before => time::read(subject).map(Self::Before).ok_or(BadScope(time::HOW_TO_WRITE)),
            ScopeKind::Everything => Ok(Self::Everything),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ScopeKind {
        match self {
            Self::Session(_) => ScopeKind::Session,
            Self::Identity(_) => ScopeKind::Identity,
            Self::Role(_) => ScopeKind::Role,
            Self::Method(_) => ScopeKind::Method,
            Self::Network(_) => ScopeKind::Network,
            Self::Before(_) => ScopeKind::Before,
            Self::Everything => ScopeKind::Everything,
        }
    }

    /// What it is about, as [`Scope::parse`] reads it.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Session(id) => id.to_string(),
            Self::Identity(name) | Self::Role(name) => name.clone(),
            Self::Method(method) => method.as_str().to_owned(),
            Self::Network(network) => network.0.to_string(),
            Self::Before(at) => rfc3339_shortest(*at),
            Self::Everything => String::new(),
        }
    }
}

impl fmt::Display for Scope {
    /// As a sentence goes on after "sessions".
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(id) => write!(out, "with the id {id}"),
            Self::Identity(name) => write!(out, "of {name}"),
            Self::Role(name) => write!(out, "of everyone with the role {name}"),
            Self::Method(method) => write!(out, "authenticated by {}", method.as_str()),
            Self::Network(network) => write!(out, "from {}", network.0),
            Self::Before(at) => write!(out, "authenticated before {}", rfc3339_shortest(*at)),
            Self::Everything => out.write_str("of everybody"),
        }
    }
}

fn network(text: &str) -> Option<Network> {
    let one = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(one).map(|network| Network(network.trunc()))
}

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
    pub at: Moment,
    /// Who asked.
    pub by: String,
    /// By what the sessions were chosen, in words.
    pub scope: String,
    /// How many sessions ended.
    pub ended: i64,
    /// When it was durable; nothing where that is not measured yet.
    pub committed: Option<Moment>,
    /// When the last request began that was still allowed to one of them.
    pub last_accepted: Option<Moment>,
    /// How many open pages were told.
    pub streams: i64,
    /// When the last of their streams was closed.
    pub streams_closed: Option<Moment>,
    /// How many tabs said that they are empty.
    pub tabs: i64,
    /// When the last of them did.
    pub tabs_emptied: Option<Moment>,
}

/// A line of the list of revocations.
#[derive(Clone, Debug)]
pub struct RevocationRow {
    /// Its id.
    pub id: RevocationId,
    /// When.
    pub at: Moment,
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
    async fn end_session(&self, permit: Permit<own_sessions::can::EndSession>) -> Result<RevocationId, StoreError>;

    /// Ends every session of the asker, or every other one.
    async fn end_own_sessions(
        &self,
        permit: Permit<own_sessions::can::EndOwnSessions>,
    ) -> Result<RevocationId, StoreError>;

    /// What a revocation would end, and the last ones.
    async fn preview(
        &self,
        permit: Permit<end_sessions::can::PreviewRevocation>,
    ) -> Result<(Option<Preview>, Vec<RevocationRow>), StoreError>;

    /// Ends many.
    async fn revoke(&self, permit: Permit<end_sessions::can::Revoke>) -> Result<RevocationId, StoreError>;

    /// How fast a revocation held.
    async fn revocation(&self, permit: Permit<revocation::can::ReadRevocation>) -> Result<Revocation, StoreError>;
}
