//! Further decisions in the transaction of a permit.

use super::{Asked, LoadFacts, Refused, UnitOfWork, decide_and_record};
use crate::Permit;
use crate::action::{Action, Write};
use crate::ledger::Outcome;

/// The unit of work of a permit that shares the transaction of another one. It has none of its own.
#[derive(Debug)]
pub struct Shared;

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
        match (decided.outcome, decided.principal) {
            (Ok(grounds), Some(principal)) => Ok(Permit::mint(action, principal, grounds, record, Box::new(Shared))),
            (outcome, principal) => {
                let principal = principal.filter(|_| decided.by_policy);
                Err(Refused::of::<B>(outcome.err(), principal, decided.environment, record))
            }
        }
    }
}
