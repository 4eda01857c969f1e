//! The ledger: what a record says of one decision and, with the feature `ledger`, how that is proved later.
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

/// The way by which a request came in. One policy holds for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A document, or a form that was posted to one.
    Page,
    /// A document that a browser asks for before anybody goes to it (`Sec-Purpose: prefetch`).
    Prefetch,
    /// A server function, or a page's action, that an island called.
    ServerFunction,
    /// A part that is sent after the head of its answer: a deferred panel, the next rows of a download.
    Stream,
    /// The command line.
    Command,
    /// The server by itself: no request brought it about.
    Server,
}

impl Channel {
    /// Every way.
    pub const ALL: [Self; 6] =
        [Self::Page, Self::Prefetch, Self::ServerFunction, Self::Stream, Self::Command, Self::Server];

    /// The entry as records spell it.
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

    /// Reads what [`Channel::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entry| entry.as_str() == text)
    }

    /// Whether somebody uses their session by it. A browser's own look ahead, or a page that lies open, is no use.
    #[must_use]
    pub const fn is_use(self) -> bool {
        matches!(self, Self::Page | Self::ServerFunction)
    }
}

/// What became of what was asked, beside the decision: an allowed change may still not have taken place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done. A read counts as done when its record is written; if it fails after that, another record says so.
    Done,
    /// Nothing was done: the decision refused it.
    Refused,
    /// Nothing was done: it was allowed, and what was sent was not acceptable, such as a name that is taken.
    Invalid,
    /// Nothing was done: it was allowed, and the server could not do it.
    Failed,
    /// Nothing was done: it was allowed, and the request ended before it was done.
    GivenUp,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Done, Self::Refused, Self::Invalid, Self::Failed, Self::GivenUp];

    /// The outcome of a decision, if what it allows takes place.
    #[must_use]
    pub const fn of_decision(allowed: bool) -> Self {
        if allowed { Self::Done } else { Self::Refused }
    }

    /// The outcome as records spell it.
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

    /// The outcome in words, for people.
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

    /// Reads what [`Outcome::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// Who a record is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The identity.
    pub identity: IdentityId,
    /// Its name at that time.
    pub name: Box<str>,
    /// Its kind.
    pub kind: Kind,
    /// The session it asked in.
    pub session: Option<SessionId>,
    /// How that session was authenticated.
    pub authentication: Option<AuthenticationId>,
    /// The method of that authentication.
    pub method: Option<Method>,
    /// When that was; with the method it is the assurance that the session had.
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

/// The policy as it stood for one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRows {
    /// How often the rows that policy reads had been changed by then.
    pub version: i64,
    /// Which rows of the principal's roles name the permission that was asked for, for example `operator in dev`.
    pub rows: String,
}

/// One decision, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// The record's id.
    pub id: RecordId,
    /// When it was decided.
    pub at: Timestamp,
    /// Who asked; nobody where no session counted.
    pub who: Option<Who>,
    /// The action's name.
    pub action: String,
    /// What it was about.
    pub resource: String,
    /// Its parameters in normal form; never a value of a secret.
    pub parameters: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// The reason or the grounds, as a code.
    pub code: String,
    /// The same in words.
    pub words: String,
    /// The way the request came in.
    pub entry: Channel,
    /// The client's network address, where there is one.
    pub address: Option<String>,
    /// The request's id, which traces carry too.
    pub request: String,
    /// The policy that was asked; nothing where it never came to that.
    pub policy: Option<PolicyRows>,
    /// The environment of what it was about; nothing where that belongs to none, or nobody looked.
    pub environment: Option<Environment>,
    /// What became of it; `None` in records that were written before outcomes were.
    pub outcome: Option<Outcome>,
    /// The name that the resource had then, if it has one; `None` in records that were written before names were.
    pub resource_name: Option<String>,
}
