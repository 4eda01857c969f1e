//! Which sessions are to end.

use crate::ui::time::{self, rfc3339_shortest};
use doorward::{Method, SessionId, Timestamp};
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
    Before(Timestamp),
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
