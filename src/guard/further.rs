//! Further decisions in the transaction of a permit.

use super::{Asked, LoadFacts, Refused, UnitOfWork, decide_and_record};
use crate::action::{Action, Write};
use crate::ledger::Outcome;
use crate::{Grounds, Permit, Principal, RecordId};
use std::any::type_name;

/// The unit of work of a permit that shares the transaction of another one. It has none of its own.
#[derive(Debug)]
pub struct Shared;

/// A further decision, for developers who look at what a request asked.
pub struct Further<'a> {
    /// The action's name.
    pub action: &'static str,
    /// The types of the action and of its facts.
    pub types: [&'static str; 2],
    /// The permission that the action looks up.
    pub permission: Option<&'static str>,
    /// The assurance that the action needs, as text.
    pub assurance: &'static str,
    /// Who was allowed, with the grounds and the record, or the refusal.
    pub outcome: Result<(&'a Principal, Grounds, RecordId), &'a Refused>,
}

impl<'a> Further<'a> {
    fn of<B: Action>(outcome: &'a Result<Permit<B, Shared>, Refused>) -> Self {
        Self {
            action: B::NAME,
            types: [type_name::<B>(), type_name::<B::Facts>()],
            permission: B::PERMISSION,
            assurance: B::ASSURANCE.words(),
            outcome: outcome.as_ref().map(|permit| (permit.principal(), permit.grounds(), permit.record())),
        }
    }
}

/// Sees further decisions.
pub trait Watch: Send + Sync {
    /// Notes a decision that was just recorded.
    fn see(&self, further: &Further<'_>);
}

impl<A, U> Permit<A, U>
where
    A: Action<Effect = Write>,
    U: UnitOfWork + ?Sized,
{
    /// Decides another action in this permit's transaction, as [`permit`](super::permit) does. All
    /// decisions come before the first effect. The records of all of them are written when the
    /// transaction ends, and share its end: if one effect is undone, none is done.
    ///
    /// # Errors
    /// Returns the refusal. The caller ends the transaction, which writes the refusal's record.
    pub async fn also<B>(&mut self, asked: &Asked, action: B) -> Result<Permit<B, Shared>, Refused>
    where
        B: Action<Effect = Write>,
        B::Facts: LoadFacts<U>,
    {
        let (record, decided) = decide_and_record(self.transaction(), asked, &action, Outcome::Done).await?;
        let outcome = match (decided.outcome, decided.principal) {
            (Ok(grounds), Some(principal)) => Ok(Permit::mint(action, principal, grounds, record, Box::new(Shared))),
            (outcome, principal) => {
                let principal = principal.filter(|_| decided.by_policy);
                Err(Refused::of::<B>(outcome.err(), principal, decided.environment, record))
            }
        };
        if let Some(watch) = &asked.watch {
            watch.see(&Further::of::<B>(&outcome));
        }
        outcome
    }
}
