//! The ledger: the record of one decision and, with the feature `ledger`, the proofs about it.
//!
//! ```text
//! AuditEntry ─▶ canonical bytes ─▶ leaf ─▶ tree (RFC 6962) ─▶ Checkpoint, signed ─▶ Receipt, for somebody to keep
//! ```

#[cfg(feature = "ledger")]
mod canonical;
#[cfg(feature = "ledger")]
mod checkpoint;
#[cfg(feature = "ledger")]
mod hash;
#[cfg(feature = "ledger")]
mod key;
#[cfg(feature = "ledger")]
pub mod merkle;
#[cfg(feature = "ledger")]
mod note;
#[cfg(feature = "ledger")]
mod receipt;

#[cfg(feature = "ledger")]
pub use self::{
    checkpoint::{BadCheckpoint, Checkpoint},
    hash::{BadHash, Hash},
    key::{BadKey, BadLogName, LogName, Signer, Verifier},
    note::BadNote,
    receipt::{BadReceipt, Receipt},
};

use crate::{AuthenticationId, Environment, IdentityId, Kind, Method, Principal, RecordId, SessionId, Timestamp};

/// How a request reached the server. The same policy applies to every channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A document, or a form posted to one.
    Page,
    /// A document that a browser requested before the user opened it (`Sec-Purpose: prefetch`).
    Prefetch,
    /// A server function, or a page's action called by an island.
    ServerFunction,
    /// A part sent after the head of its response: a deferred panel, the next rows of a download.
    Stream,
    /// The command line.
    Command,
    /// The server itself, without a request.
    Server,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 6] =
        [Self::Page, Self::Prefetch, Self::ServerFunction, Self::Stream, Self::Command, Self::Server];

    /// Returns the channel as stored in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Prefetch => "prefetch",
            Self::ServerFunction => "server_function",
            Self::Stream => "stream",
            Self::Command => "command",
            Self::Server => "server",
        }
    }

    /// Parses what [`Channel::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entry| entry.as_str() == text)
    }

    /// Returns whether a request by this channel counts as a use of its session. A prefetch, or a
    /// page that is merely open, does not.
    #[must_use]
    pub const fn is_use(self) -> bool {
        matches!(self, Self::Page | Self::ServerFunction)
    }
}

/// What happened after the decision: an allowed change may still not have been made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done. A read counts as done when its record is written; if the read fails afterwards,
    /// another record says so.
    Done,
    /// Not done: the decision refused it.
    Refused,
    /// Not done: it was allowed, but the input was invalid, such as a name that is taken.
    Invalid,
    /// Not done: it was allowed, but the server failed.
    Failed,
    /// Not done: it was allowed, but the request ended first.
    GivenUp,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Done, Self::Refused, Self::Invalid, Self::Failed, Self::GivenUp];

    /// Returns the outcome of a decision, assuming that what it allows is done.
    #[must_use]
    pub const fn of_decision(allowed: bool) -> Self {
        if allowed { Self::Done } else { Self::Refused }
    }

    /// Returns the outcome as stored in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        }
    }

    /// Returns the outcome as text for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Refused => "Refused",
            Self::Invalid => "Not done: invalid input",
            Self::Failed => "Not done: failed",
            Self::GivenUp => "Not done: given up",
        }
    }

    /// Parses what [`Outcome::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// The principal in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The identity.
    pub identity: IdentityId,
    /// Its sign-in name at that time.
    pub name: Box<str>,
    /// Its kind.
    pub kind: Kind,
    /// The session of the request.
    pub session: Option<SessionId>,
    /// The authentication that the session had.
    pub authentication: Option<AuthenticationId>,
    /// The method of that authentication.
    pub method: Option<Method>,
    /// When that authentication took place. With the method, this is the session's assurance.
    pub authenticated: Option<Timestamp>,
}

impl From<&Principal> for Who {
    fn from(principal: &Principal) -> Self {
        Self {
            identity: principal.identity,
            name: principal.name.clone(),
            kind: principal.kind,
            session: Some(principal.session),
            authentication: Some(principal.assurance.authentication),
            method: Some(principal.assurance.method),
            authenticated: Some(principal.assurance.at),
        }
    }
}

/// The policy rows that a decision was based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRows {
    /// The version of the policy rows: a counter that increases with every change to them.
    pub version: i64,
    /// The rows of the principal's roles that name the permission, for example `operator in dev`.
    pub rows: String,
}

/// One decision, as the ledger stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The record's id.
    pub id: RecordId,
    /// When it was decided.
    pub at: Timestamp,
    /// The principal, or `None` if there was no live session.
    pub who: Option<Who>,
    /// The action's name.
    pub action: String,
    /// The resource that it was about.
    pub resource: String,
    /// The normalized parameters. Never contains a secret value.
    pub parameters: String,
    /// Whether the action was allowed.
    pub allowed: bool,
    /// The reason or the grounds, as a code.
    pub code: String,
    /// The same as text.
    pub words: String,
    /// The channel of the request.
    pub entry: Channel,
    /// The client's address, if there is one.
    pub address: Option<String>,
    /// The request's id, which traces carry too.
    pub request: String,
    /// The policy rows, or `None` if the policy was not asked.
    pub policy: Option<PolicyRows>,
    /// The environment of the resource, or `None` if it belongs to none or was not looked up.
    pub environment: Option<Environment>,
    /// The outcome, or `None` in records from before outcomes were recorded.
    pub outcome: Option<Outcome>,
    /// The resource's name at that time, if it has one. `None` in records from before names were
    /// recorded.
    pub resource_name: Option<String>,
}
