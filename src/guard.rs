//! The guard: looks up the session, loads the facts, decides, records, and creates the permit.

use crate::action::{Action, Effect, Facts, Needed};
use crate::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use crate::session::{Ended, Handle, Session};
use crate::{
    AuthenticationId, ClientOrigin, ConfirmedPlace, Environment, Grounds, Permit, Principal, Reason, ReconfirmOn,
    RecordId, Refusal, SessionId, TimeSpan, Timestamp,
};
use std::future::Future;
use std::pin::Pin;

/// The future that a [`UnitOfWork`] method returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// The store failed or did not answer in time. The implementation logs the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store did not answer")]
pub struct Unavailable;

/// The SHA-256 hash of a handle. The handle itself never reaches this crate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HandleHash(pub [u8; 32]);

/// Identifies the session of a response that is still being sent (a stream, a download, a part sent
/// later), together with the authentication it started with. A long response is bound to its
/// session, not to the handle it began with: replacing that handle (by renewal, or a step-up in
/// another tab) neither ends the response nor gives it more assurance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The session.
    pub session: SessionId,
    /// The authentication that the session had at the response's first decision.
    pub authentication: AuthenticationId,
}

impl From<&Principal> for Continuation {
    fn from(who: &Principal) -> Self {
        Self { session: who.session, authentication: who.assurance.authentication }
    }
}

/// What a request presents and where it comes from. Nothing in it grants anything.
#[derive(Clone)]
pub struct Asked {
    /// The hash of the handle in the cookie, if there is one.
    pub handle: Option<HandleHash>,
    /// Set instead of a handle if this decision continues a long response. Only the server sets it;
    /// a request cannot.
    pub continues: Option<Continuation>,
    /// How the request reached the server.
    pub entry: Channel,
    /// The client's address and browser.
    pub place: ClientOrigin,
    /// Which changes of address or browser require a confirmation.
    pub place_rule: ReconfirmOn,
    /// How often a handle is replaced.
    pub renewal: TimeSpan,
    /// The request's id, for the record and for traces.
    pub request: String,
    /// The time at which the request is decided.
    pub now: Timestamp,
}

/// A session's row and its principal, as the store found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAndPrincipal {
    /// The session's limits and handle.
    pub session: Session,
    /// The session's principal.
    pub principal: Principal,
    /// The address and browser from which the session was last confirmed.
    pub place: ConfirmedPlace,
}

impl SessionAndPrincipal {
    /// Returns what the user must confirm before this session may be used for anything else.
    fn unconfirmed(&self, asked: &Asked) -> Option<Reason> {
        let by_handle = asked.continues.is_none();
        if asked.place_rule.is_broken(&self.place, &asked.place) {
            Some(Reason::Moved)
        } else if by_handle && self.session.handle.is_kept_too_long(asked.renewal, asked.now) {
            Some(Reason::HandleNotRenewed)
        } else if self.principal.has_second_factor && !self.principal.showed_two_factors().allows() {
            Some(Reason::NoSecondFactor)
        } else {
            None
        }
    }
}

/// A side effect of a refusal, written in the same transaction as the refusal's record.
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

    /// Writes a refusal's record together with its consequence for a session of `who`: both or
    /// neither. `place` is where the request came from.
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

/// Decides `action`, records the decision, and creates the permit if the action is allowed.
///
/// # Errors
/// Returns the refusal, which is already recorded. Returns [`Refusal::UNAVAILABLE`] if the store or
/// the ledger failed, because nothing may be accessed without a record.
pub async fn permit<A, U>(mut unit: Box<U>, asked: &Asked, action: A) -> Result<Permit<A, U>, Refusal>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let (record, decided) = decide_and_record(unit.as_mut(), asked, &action, Outcome::Done).await?;
    match (decided.outcome, decided.principal) {
        (Ok(grounds), Some(principal)) => Ok(Permit::mint(action, principal, grounds, record, unit)),
        (outcome, _) => {
            if A::Effect::CHANGES {
                unit.commit().await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
            }
            let reason = outcome.err().unwrap_or(Reason::NoSession);
            Err(Refusal { answer: reason.answer(), record: Some(record) })
        }
    }
}

/// Refuses and records an action if the request has no live session.
///
/// Callers run this on a reader before they open a transaction, so that requests without a session
/// never take the single writer of an embedded database. `Ok` allows nothing: [`permit`] looks up
/// the session again and decides in the transaction.
///
/// # Errors
/// Returns the refusal, which is already recorded.
pub async fn refuse_without_session<A, U>(unit: &mut U, asked: &Asked, action: &A) -> Result<(), Refusal>
where
    A: Action,
    U: UnitOfWork + ?Sized,
{
    let decided = without_session(unit, asked).await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    let Some(decided) = decided else { return Ok(()) };
    let record = unit.new_record(asked.now);
    let entry = AuditEntry { outcome: Some(Outcome::Refused), ..entry(record, asked, action, &decided) };
    unit.record(entry).await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    let reason = decided.outcome.err().unwrap_or(Reason::NoSession);
    Err(Refusal { answer: reason.answer(), record: Some(record) })
}

/// Returns why the request has no live session. Returns `None` if it has one, or if finding out
/// needs a write.
async fn without_session<U: UnitOfWork + ?Sized>(unit: &mut U, asked: &Asked) -> Result<Option<Decided>, Unavailable> {
    if asked.continues.is_some() {
        return Ok(None);
    }
    let Some(handle) = &asked.handle else {
        return Ok(Some(Decided::before_policy(None, Reason::NoSession)));
    };
    let Some(found) = unit.session(handle, asked.now).await? else {
        return Ok(Some(Decided::before_policy(None, Reason::UnknownHandle)));
    };
    // A limit that has just passed must be stored, so the transaction handles it. From then on, the
    // session counts as ended.
    let reason = found.session.lapse(asked.now).filter(|_| found.session.lapsed_now(asked.now).is_none());
    Ok(reason.map(|reason| Decided::before_policy(Some(found.principal), reason)))
}

/// Decides `action` for a request whose input is invalid and which therefore cannot be carried out.
/// If the policy allows the action, its record gets the outcome [`Outcome::Invalid`].
///
/// # Errors
/// Returns the refusal, as [`permit`] does.
pub async fn refuse_input<A, U>(mut unit: Box<U>, asked: &Asked, action: A) -> Result<RecordId, Refusal>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let (record, decided) = decide_and_record(unit.as_mut(), asked, &action, Outcome::Invalid).await?;
    if A::Effect::CHANGES {
        unit.commit().await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    }
    match decided.outcome {
        Ok(_) => Ok(record),
        Err(reason) => Err(Refusal { answer: reason.answer(), record: Some(record) }),
    }
}

/// Decides and records. An allowed decision is recorded with the outcome `allowed`.
async fn decide_and_record<A, U>(
    unit: &mut U,
    asked: &Asked,
    action: &A,
    allowed: Outcome,
) -> Result<(RecordId, Decided), Refusal>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let decided = decide(unit, asked, action).await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    let record = unit.new_record(asked.now);
    let outcome = if decided.outcome.is_ok() { allowed } else { Outcome::Refused };
    let entry = AuditEntry { outcome: Some(outcome), ..entry(record, asked, action, &decided) };
    let written = match (&decided.principal, decided.consequence) {
        (Some(principal), Some(consequence)) => unit.record_with(consequence, principal, &asked.place, entry).await,
        _ => unit.record(entry).await,
    };
    written.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    Ok((record, decided))
}

struct Decided {
    principal: Option<Principal>,
    outcome: Result<Grounds, Reason>,
    /// Whether the policy was asked at all.
    by_policy: bool,
    environment: Option<Environment>,
    consequence: Option<Consequence>,
    name: Option<String>,
}

impl Decided {
    fn before_policy(principal: Option<Principal>, reason: Reason) -> Self {
        Self { principal, outcome: Err(reason), by_policy: false, environment: None, name: None, consequence: None }
    }
}

async fn decide<A, U>(unit: &mut U, asked: &Asked, action: &A) -> Result<Decided, Unavailable>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let found = match (asked.continues, &asked.handle) {
        (Some(answer), _) => unit.continued(answer, asked.now).await?,
        (None, Some(handle)) => unit.session(handle, asked.now).await?,
        (None, None) => return Ok(Decided::before_policy(None, Reason::NoSession)),
    };
    let Some(found) = found else {
        return Ok(Decided::before_policy(None, Reason::UnknownHandle));
    };
    let refused = refuse_session::<A, U>(unit, asked, &found).await?;
    let unconfirmed = found.unconfirmed(asked);
    let principal = Principal { unconfirmed, ..found.principal };
    if let Some((reason, consequence)) = refused {
        return Ok(Decided { consequence, ..Decided::before_policy(Some(principal), reason) });
    }
    let (outcome, environment, name) = match A::Facts::load(unit, &action.about(), &principal).await? {
        Some(facts) => {
            let assured = A::ASSURANCE.shown_by(&principal, facts.protected());
            let name = facts.name().map(str::to_owned);
            (action.decide(&principal, &facts).and(assured).outcome(), facts.environment().cloned(), name)
        }
        None => (Err(Reason::NoSuchRecord), None, None),
    };
    Ok(Decided { principal: Some(principal), outcome, by_policy: true, environment, name, consequence: None })
}

/// Why the session may not be used for the action, and the consequence, if any.
type SessionRefusal = Option<(Reason, Option<Consequence>)>;

async fn refuse_session<A, U>(
    unit: &mut U,
    asked: &Asked,
    found: &SessionAndPrincipal,
) -> Result<SessionRefusal, Unavailable>
where
    A: Action,
    U: UnitOfWork + ?Sized,
{
    let (session, now) = (&found.session, asked.now);
    if let Some(reason) = session.lapse(now) {
        return Ok(Some((reason, session.lapsed_now(now).map(Consequence::Lapsed))));
    }
    // A continued response presents no handle.
    if asked.continues.is_none() {
        if session.handle.is_replayed(now) {
            return Ok(Some((Reason::HandleReplayed, Some(Consequence::Replayed))));
        }
        if session.handle.used.is_none() {
            unit.touch_first(session, now).await?;
        }
    }
    if asked.entry.is_use() && session.use_is_worth_noting(now) {
        unit.touch(session, now).await?;
    }
    let Some(reason) = found.unconfirmed(asked).filter(|_| A::ASSURANCE != Needed::Unconfirmed) else {
        return Ok(None);
    };
    let is_ignored = reason == Reason::HandleNotRenewed && session.handle.offers >= Handle::IGNORED;
    Ok(Some((reason, is_ignored.then_some(Consequence::RenewalsIgnored))))
}

fn entry<A: Action>(id: RecordId, asked: &Asked, action: &A, decided: &Decided) -> AuditEntry {
    let resource = action.resource();
    let (code, words) = match decided.outcome {
        Ok(grounds) => (grounds.code(), grounds.words()),
        Err(reason) => (reason.code().to_owned(), reason.words().to_owned()),
    };
    AuditEntry {
        who: decided.principal.as_ref().map(Who::from),
        resource: resource.name,
        parameters: resource.parameters,
        allowed: decided.outcome.is_ok(),
        code,
        words,
        entry: asked.entry,
        address: asked.place.address.clone(),
        request: asked.request.clone(),
        policy: decided.principal.as_ref().filter(|_| decided.by_policy).map(|principal| PolicyRows {
            version: principal.policy,
            rows: A::PERMISSION.map(|permission| principal.rows_for(permission)).unwrap_or_default(),
        }),
        environment: decided.environment.clone(),
        resource_name: decided.name.clone(),
        ..AuditEntry::new(id, asked.now, A::NAME)
    }
}

#[cfg(test)]
mod tests;
