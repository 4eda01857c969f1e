//! The scope of a revocation: which sessions end.

use crate::ui::time::{self, rfc3339_shortest};
use doorward::{Method, SessionId, Timestamp};
use ipnet::IpNet;
use std::fmt;

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl Network {
    /// Returns whether a session's address is in this network.
    #[must_use]
    pub fn contains(self, address: &str) -> bool {
        address.parse::<std::net::IpAddr>().is_ok_and(|address| self.0.contains(&address.to_canonical()))
    }
}

/// How the sessions to end are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// One session.
    Session,
    /// Every session of one identity.
    Identity,
    /// Every session of identities with a role.
    Role,
    /// Every session that was authenticated with a method.
    Method,
    /// Every session from a network.
    Network,
    /// Every session that was authenticated before a point in time.
    Before,
    /// Every session.
    Everything,
}

impl ScopeKind {
    /// The kinds that an administrator can choose.
    pub const CHOICES: [Self; 6] =
        [Self::Identity, Self::Role, Self::Method, Self::Network, Self::Before, Self::Everything];

    /// Returns the kind as used in rows, forms and commands.
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

    /// Parses what [`ScopeKind::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Session].into_iter().chain(Self::CHOICES).find(|kind| kind.as_str() == text)
    }

    /// Returns the kind as text for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Session => "One session",
            Self::Identity => "One person, service account or agent",
            Self::Role => "Everyone with a role",
            Self::Method => "Everyone who signed in by",
            Self::Network => "Everyone from a network",
            Self::Before => "Everyone authenticated before",
            Self::Everything => "Everyone",
        }
    }
}

/// The sessions to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One session.
    Session(SessionId),
    /// The sessions of the identity with this sign-in name.
    Identity(String),
    /// The sessions of identities with this role.
    Role(String),
    /// The sessions that were authenticated with this method.
    Method(Method),
    /// The sessions from this network.
    Network(Network),
    /// The sessions that were authenticated before this time.
    Before(Timestamp),
    /// All sessions.
    Everything,
}

/// Why a text is not a scope: a sentence for whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadScope(pub &'static str);

impl Scope {
    /// Parses a scope from its kind and its parameter. The error is a sentence that says what to
    /// type.
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

    /// Returns the kind.
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

    /// Returns the parameter, in the form that [`Scope::parse`] accepts.
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
    /// Continues a sentence after "sessions".
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
