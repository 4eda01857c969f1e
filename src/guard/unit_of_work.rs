//! What the guard needs from a store.

use super::{Continuation, HandleHash, SessionAndPrincipal};
use crate::action::Facts;
use crate::ledger::{AuditEntry, Outcome};
use crate::session::{Ended, Session};
use crate::{ClientOrigin, Principal, RecordId, Timestamp};
use std::future::Future;
use std::pin::Pin;

/// The future that a [`UnitOfWork`] method returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// The store failed or did not answer in time. The implementation logs the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store did not answer")]
pub struct Unavailable;

/// A side effect of a decision, written in the same transaction as the decision's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The session passed a limit that its row does not show yet. Store it at once, so that the
    /// session stays ended even if the clock is set back.
    Lapsed(Ended),
    /// A replaced handle was used again: end the session and open an incident.
    Replayed,
    /// Newer handles were offered several times and never used: open an incident, unless the
    /// session already has one.
    RenewalsIgnored,
    /// The action is allowed and discloses a canary: end the session and open an incident.
    CanaryDisclosed,
}

/// What the guard needs from a store while it decides one action. Implemented by a plain reader and
/// by an open transaction.
pub trait UnitOfWork: Send {
    /// Returns a new id for a record.
    fn new_record(&self, now: Timestamp) -> RecordId;

    /// Looks up a session by the hash of its handle. Must read the store, never a cache.
    fn session<'a>(&'a mut self, handle: &'a HandleHash, now: Timestamp) -> Pending<'a, Option<SessionAndPrincipal>>;

    /// Looks up the session of a long response. Must read the store, never a cache.
    fn continued(&mut self, answer: Continuation, now: Timestamp) -> Pending<'_, Option<SessionAndPrincipal>>;

    /// Stores that the session was used, unless it has ended in the meantime.
    fn touch<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()>;

    /// Stores that a handle was used for the first time. This retires the handles before it.
    fn touch_first<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()>;

    /// Writes a decision's record together with its consequence for a session of `who`: both or
    /// neither. A transaction keeps them as [`UnitOfWork::record`] says if the action is allowed.
    /// `place` is where the request came from.
    fn record_with<'a>(
        &'a mut self,
        consequence: Consequence,
        who: &'a Principal,
        place: &'a ClientOrigin,
        entry: AuditEntry,
    ) -> Pending<'a, ()>;

    /// Writes a record. In a reader, the record is durable when this returns. A transaction keeps
    /// the record and writes it when the transaction ends: with its own outcome on commit, or as
    /// not done on rollback.
    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()>;

    /// Commits the transaction and its records.
    fn commit(self: Box<Self>) -> Pending<'static, ()>;

    /// Rolls back every change of a transaction, but still writes its records. Allowed ones get the
    /// given outcome.
    fn undo(self: Box<Self>, outcome: Outcome) -> Pending<'static, ()>;
}

/// How a unit of work `U` loads facts.
pub trait LoadFacts<U: ?Sized>: Facts + Sized {
    /// Loads the facts about `key`, never the protected data itself. Returns `None` if there is no
    /// such record.
    fn load<'a>(unit: &'a mut U, key: &'a Self::Key, who: &'a Principal) -> Pending<'a, Option<Self>>;
}

impl<U: ?Sized + Send> LoadFacts<U> for () {
    fn load<'a>(_: &'a mut U, (): &'a (), _: &'a Principal) -> Pending<'a, Option<()>> {
        Box::pin(async { Ok(Some(())) })
    }
}
