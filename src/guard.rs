//! The guard: the only place where a permit is made.

use crate::action::{Action, Effect, Facts, Needed};
use crate::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use crate::session::{Ended, Handle, Session};
use crate::{
    AuthenticationId, ClientOrigin, ConfirmedPlace, Environment, Grounds, Permit, Principal, Reason, ReconfirmOn,
    RecordId, Refusal, SessionId, TimeSpan, Timestamp,
};
use std::future::Future;
use std::pin::Pin;

/// A future that a port gives back.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// A port did not answer in time, or at all. The cause is in the log of whoever implements it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store did not answer")]
pub struct Unavailable;

/// The hash of a handle; the handle itself never comes this far.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HandleHash(pub [u8; 32]);

/// How a long answer (a stream, a download, a part that is sent later) goes on: in the session and with the authentication
/// that its first decision found. The handle it began with may be replaced meanwhile, by a renewal or a step-up in another
/// tab, and neither ends the answer nor adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The session.
    pub session: SessionId,
    /// How it had been authenticated.
    pub authentication: AuthenticationId,
}

impl From<&Principal> for Continuation {
    fn from(who: &Principal) -> Self {
        Self { session: who.session, authentication: who.assurance.authentication }
    }
}

/// What a request claims and where it comes from. None of it grants anything.
#[derive(Clone)]
pub struct Asked {
    /// The hash of the handle in the cookie.
    pub handle: Option<HandleHash>,
    /// What counts in the place of a handle, if this is the rest of a long answer. No request can claim it.
    pub continues: Option<Continuation>,
    /// The way the request came in.
    pub entry: Channel,
    /// Where it comes from.
    pub place: ClientOrigin,
    /// Which changes of place ask for a confirmation.
    pub place_rule: ReconfirmOn,
    /// How often a handle is replaced.
    pub renewal: TimeSpan,
    /// The request's id.
    pub request: String,
    /// The time at which it is decided.
    pub now: Timestamp,
}

/// A session's row and the principal that stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAndPrincipal {
    /// Whether the session counts.
    pub session: Session,
    /// Who it is.
    pub principal: Principal,
    /// From where it was last confirmed.
    pub place: ConfirmedPlace,
}

impl SessionAndPrincipal {
    /// What has to be confirmed before this session counts for more than that.
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

/// What a refusal brings about, in the same transaction as its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The session has reached a limit that its row does not say yet. It is written down at once, so that a clock that steps
    /// back brings it to life at no time.
    Lapsed(Ended),
    /// A replaced handle came back: the session ends, and an incident is opened.
    Replayed,
    /// A row of newer handles was never taken: an incident is opened, unless there is one of the session.
    RenewalsIgnored,
}

/// What the guard needs of a store, for one action: a plain reader, or an open transaction.
pub trait UnitOfWork: Send {
    /// A new id for a record.
    fn new_record(&self, now: Timestamp) -> RecordId;

    /// Looks a session up by its handle's hash, in the store itself, never in a cache.
    fn session<'a>(&'a mut self, handle: &'a HandleHash, now: Timestamp) -> Pending<'a, Option<SessionAndPrincipal>>;

    /// Looks up the session in which a long answer began, in the store itself, as [`UnitOfWork::session`] does.
    fn continued(&mut self, answer: Continuation, now: Timestamp) -> Pending<'_, Option<SessionAndPrincipal>>;

    /// Notes that the session was used, where it has not ended meanwhile.
    fn touch<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()>;

    /// Notes that a handle came back for the first time: those before it are replaced from now on.
    fn touch_first<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()>;

    /// Writes a record together with what the refusal brings about, of a session of `who`: all of it or nothing. `place` is from
    /// where the request came.
    fn record_with<'a>(
        &'a mut self,
        consequence: Consequence,
        who: &'a Principal,
        place: &'a ClientOrigin,
        entry: AuditEntry,
    ) -> Pending<'a, ()>;

    /// Writes a record. A reader's is durable when this returns. A transaction keeps it, and writes it when it ends: with
    /// its own outcome at the commit, and with another one if there is none.
    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()>;

    /// Makes everything so far durable.
    fn commit(self: Box<Self>) -> Pending<'static, ()>;

    /// Takes back every change of a transaction, and writes its records all the same: what they allowed has this outcome.
    fn undo(self: Box<Self>, outcome: Outcome) -> Pending<'static, ()>;
}

/// How facts are found in a unit of work `U`.
pub trait LoadFacts<U: ?Sized>: Facts + Sized {
    /// The facts about `key`, never the protected record itself; nothing where there is no such record.
    fn load<'a>(unit: &'a mut U, key: &'a Self::Key, who: &'a Principal) -> Pending<'a, Option<Self>>;
}

impl<U: ?Sized + Send> LoadFacts<U> for () {
    fn load<'a>(_: &'a mut U, (): &'a (), _: &'a Principal) -> Pending<'a, Option<()>> {
        Box::pin(async { Ok(Some(())) })
    }
}

/// Decides `action` for whoever asks, records the decision, and mints the permit where it is allowed.
///
/// # Errors
/// The refusal, already recorded; [`Refusal::UNAVAILABLE`] where the store or the ledger did not answer, for without a
/// record there is no access.
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

/// Refuses an action whose request has no session that counts, and records that.
///
/// It is asked of a reader before a transaction is opened, so that requests without a session never take the one writer of
/// an embedded database. It lets nobody in: what it does not refuse is looked up again, and decided, in the transaction.
///
/// # Errors
/// The refusal, already recorded.
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

/// Why a request has no session that counts; nothing where it has one, or where finding out takes a write.
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
    // A limit that passed just now is written down, once; from then on the session is one that has ended.
    let reason = found.session.lapse(asked.now).filter(|_| found.session.lapsed_now(asked.now).is_none());
    Ok(reason.map(|reason| Decided::before_policy(Some(found.principal), reason)))
}

/// Decides `action` for a request whose other input is not acceptable, so that it cannot be done in any case. Its record
/// says so, if it would be allowed.
///
/// # Errors
/// The refusal, as [`permit`] gives it.
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

/// Decides, and hands the record to the unit: if the decision allows, with the outcome `allowed`.
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
    /// Whether it came to the policy at all.
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

/// Why the session does not count for `A`, whatever the policy says, and what that brings about.
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
    // The rest of a long answer presents no handle.
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
        id,
        at: asked.now,
        who: decided.principal.as_ref().map(Who::from),
        action: A::NAME.to_owned(),
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
        outcome: None,
        resource_name: decided.name.clone(),
    }
}

#[cfg(test)]
mod tests;
