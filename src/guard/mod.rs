//! The guard: looks up the session, loads the facts, decides, records, and creates the permit.

mod asked;
mod further;
pub mod memory;
mod refused;
mod unit_of_work;

pub use asked::{Asked, Continuation, HandleHash, SessionAndPrincipal};
pub use further::{Further, Shared, Watch};
pub use refused::{Refused, RefusedByPolicy};
pub use unit_of_work::{Consequence, LoadFacts, Pending, Unavailable, UnitOfWork};

use crate::action::{Action, Effect, Facts, Needed};
use crate::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use crate::policy::Decision;
use crate::session::Handle;
use crate::{Environment, Grounds, Kind, Permit, Principal, Reason, RecordId, Refusal};

/// Decides `action`, records the decision, and creates the permit if the action is allowed.
///
/// # Errors
/// Returns the refusal, which is already recorded. Returns [`Refusal::UNAVAILABLE`] if the store or
/// the ledger failed, because nothing may be accessed without a record.
pub async fn permit<A, U>(mut unit: Box<U>, asked: &Asked, action: A) -> Result<Permit<A, U>, Refused>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let (record, decided) = decide_and_record(unit.as_mut(), asked, &action, Outcome::Done).await?;
    match (decided.outcome, decided.principal) {
        (Ok(grounds), Some(principal)) => Ok(Permit::mint(action, principal, grounds, record, unit)),
        (outcome, principal) => {
            if A::Effect::CHANGES {
                unit.commit().await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
            }
            let principal = principal.filter(|_| decided.by_policy);
            Err(Refused::of::<A>(outcome.err(), principal, decided.environment, record))
        }
    }
}

/// Returns whether the request's handle belongs to a live session. Nothing is decided or recorded:
/// the answer may lead a browser to a page, and that page asks for itself.
///
/// # Errors
/// If the store does not answer.
pub async fn is_live<U: UnitOfWork + ?Sized>(unit: &mut U, asked: &Asked) -> Result<bool, Unavailable> {
    let Some(handle) = &asked.handle else { return Ok(false) };
    let found = unit.session(handle, asked.now).await?;
    let found = found.filter(|found| !is_on_another_channel(asked, &found.principal));
    Ok(found
        .is_some_and(|found| found.session.lapse(asked.now).is_none() && !found.session.handle.is_replayed(asked.now)))
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
    if is_on_another_channel(asked, &found.principal) {
        return Ok(Some(Decided::before_policy(Some(found.principal), Reason::OtherChannel)));
    }
    // A limit that has just passed must be stored, so the transaction handles it. From then on, the
    // session counts as ended.
    let reason = found.session.lapse(asked.now).filter(|_| found.session.lapsed_now(asked.now).is_none());
    Ok(reason.map(|reason| Decided::before_policy(Some(found.principal), reason)))
}

/// The decision about a request that is allowed, but whose input is invalid.
#[derive(Clone, Debug)]
pub struct InvalidInput {
    /// Who asked.
    pub principal: Principal,
    /// The grounds of the decision.
    pub grounds: Grounds,
    /// The record of the decision.
    pub record: RecordId,
}

/// Decides `action` for a request whose input is invalid and which therefore cannot be carried out.
/// If the policy allows the action, its record gets the outcome [`Outcome::Invalid`].
///
/// # Errors
/// Returns the refusal, as [`permit`] does.
pub async fn refuse_input<A, U>(mut unit: Box<U>, asked: &Asked, action: A) -> Result<InvalidInput, Refusal>
where
    A: Action,
    A::Facts: LoadFacts<U>,
    U: UnitOfWork + ?Sized,
{
    let (record, decided) = decide_and_record(unit.as_mut(), asked, &action, Outcome::Invalid).await?;
    if A::Effect::CHANGES {
        unit.commit().await.map_err(|Unavailable| Refusal::UNAVAILABLE)?;
    }
    match (decided.outcome, decided.principal) {
        (Ok(grounds), Some(principal)) => Ok(InvalidInput { principal, grounds, record }),
        (outcome, _) => {
            let reason = outcome.err().unwrap_or(Reason::NoSession);
            Err(Refusal { answer: reason.answer(), record: Some(record) })
        }
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
    // Invalid input discloses nothing.
    let is_done = outcome != Outcome::Invalid;
    let written = match (&decided.principal, decided.consequence.filter(|_| is_done)) {
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
    let Some(mut found) = found else {
        return Ok(Decided::before_policy(None, Reason::UnknownHandle));
    };
    let refused = refuse_session::<A, U>(unit, asked, &mut found).await?;
    let unconfirmed = found.unconfirmed(asked);
    let principal = Principal { unconfirmed, ..found.principal };
    if let Some((reason, consequence)) = refused {
        return Ok(Decided { consequence, ..Decided::before_policy(Some(principal), reason) });
    }
    let (outcome, environment, name, is_canary) = match A::Facts::load(unit, &action.about(), &principal).await? {
        Some(facts) => {
            let rules = facts.protection();
            let assured = A::ASSURANCE.shown_by(&principal, rules);
            let stated = !rules.reason || !action.lacks_reason();
            let stated = Decision::when(stated, Grounds::NONE, Reason::NotStated);
            let entered = facts.environment().map_or(Decision::allowed(Grounds::NONE), |name| principal.enters(name));
            let name = facts.name().map(str::to_owned);
            // What is hidden stays hidden: a wall is no reason to tell of it.
            let outcome = action.decide(&principal, &facts).and(entered).and(stated).and(assured).outcome();
            (outcome, facts.environment().cloned(), name, facts.is_canary())
        }
        None => (Err(Reason::NoSuchRecord), None, None, false),
    };
    let trips = A::DISCLOSES && is_canary && outcome.is_ok();
    let consequence = trips.then_some(Consequence::CanaryDisclosed);
    Ok(Decided { principal: Some(principal), outcome, by_policy: true, environment, name, consequence })
}

/// Returns whether a person's handle was presented to the API, or a machine's anywhere else.
fn is_on_another_channel(asked: &Asked, who: &Principal) -> bool {
    (who.kind == Kind::Person) == (asked.entry == Channel::Api)
}

/// Why the session may not be used for the action, and the consequence, if any.
type SessionRefusal = Option<(Reason, Option<Consequence>)>;

async fn refuse_session<A, U>(
    unit: &mut U,
    asked: &Asked,
    found: &mut SessionAndPrincipal,
) -> Result<SessionRefusal, Unavailable>
where
    A: Action,
    U: UnitOfWork + ?Sized,
{
    // Before anything is written, so that a handle on the wrong channel has no effect at all.
    if is_on_another_channel(asked, &found.principal) {
        return Ok(Some((Reason::OtherChannel, None)));
    }
    let (session, now) = (&mut found.session, asked.now);
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
        session.last_used = now;
        found.principal.idle_ends = session.idle_end();
    }
    let Some(reason) = found.unconfirmed(asked).filter(|_| A::ASSURANCE != Needed::Unconfirmed) else {
        return Ok(None);
    };
    let is_ignored = reason == Reason::HandleNotRenewed && found.session.handle.offers >= Handle::IGNORED;
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
