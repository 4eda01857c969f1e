//! The ledger: the record of one decision and, with the feature `ledger`, the proofs about it.
//!
//! ```text
//! AuditEntry ─▶ canonical bytes ─▶ leaf ─▶ tree (RFC 6962) ─▶ Checkpoint, signed ─▶ Receipt, for somebody to keep
//! ```

#[cfg(feature = "signatures")]
mod canonical;
#[cfg(feature = "signatures")]
mod checkpoint;
mod field;
#[cfg(feature = "signatures")]
mod hash;
#[cfg(feature = "signatures")]
mod key;
#[cfg(feature = "signatures")]
pub mod merkle;
#[cfg(feature = "signatures")]
mod note;
#[cfg(feature = "signatures")]
mod receipt;
mod record;

#[cfg(feature = "signatures")]
pub use self::{
    checkpoint::{BadCheckpoint, Checkpoint},
    hash::{BadHash, Hash},
    key::{BadKey, BadLogName, LogName, Signer, Verifier},
    note::BadNote,
    receipt::{BadReceipt, Receipt},
};

pub use self::{
    field::{BadRecord, Field, Form, Look, Part, Shown, Terms, Value},
    record::{AuditEntry, FIELDS, PolicyRows, Who},
};

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
    /// The JSON API, by which machines ask.
    Api,
    /// The command line.
    Command,
    /// The server itself, without a request.
    Server,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Page, Self::Prefetch, Self::ServerFunction, Self::Stream, Self::Api, Self::Command, Self::Server];

    /// Returns the channel as stored in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Prefetch => "prefetch",
            Self::ServerFunction => "server_function",
            Self::Stream => "stream",
            Self::Api => "api",
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
        matches!(self, Self::Page | Self::ServerFunction | Self::Api)
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
    /// Not done: it was allowed, but the request ended first, or another decision of it was refused.
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
