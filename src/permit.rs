//! The permit: proof that an action was decided, allowed and recorded. Only the guard creates one.

use crate::action::{Action, Read, Write};
use crate::{Grounds, Principal, RecordId};
use std::fmt;

/// Permission to perform action `A` once.
///
/// It has no constructor outside this crate, and it can be neither cloned nor sent to a browser:
///
/// ```compile_fail,E0624
/// # use doorward::{Permit, action::Action, guard::UnitOfWork, Grounds, Principal, RecordId};
/// fn forge<A: Action>(a: A, p: Principal, g: Grounds, r: RecordId, u: Box<dyn UnitOfWork>) -> Permit<A, dyn UnitOfWork> {
///     Permit::mint(a, p, g, r, u)
/// }
/// ```
/// ```compile_fail,E0599
/// # use doorward::{Permit, action::Action, guard::UnitOfWork};
/// fn twice<A: Action>(permit: Permit<A, dyn UnitOfWork>) -> [Permit<A, dyn UnitOfWork>; 2] {
///     [permit.clone(), permit]
/// }
/// ```
/// ```compile_fail,E0277
/// # use doorward::{Permit, action::Action, guard::UnitOfWork};
/// fn send<A: Action>(permit: Permit<A, dyn UnitOfWork>) -> impl serde::Serialize {
///     permit
/// }
/// ```
/// ```compile_fail,E0382
/// # use doorward::{Permit, action::Action, guard::UnitOfWork};
/// # fn spend<A: Action>(permit: Permit<A, dyn UnitOfWork>) {}
/// fn spend_twice<A: Action>(permit: Permit<A, dyn UnitOfWork>) {
///     spend(permit);
///     spend(permit);
/// }
/// ```
/// A permit to read carries no transaction, so it cannot change anything:
/// ```compile_fail,E0599
/// # use doorward::{Permit, action::{Action, Read}, guard::UnitOfWork};
/// fn change<A: Action<Effect = Read>>(permit: Permit<A, dyn UnitOfWork>) -> Box<dyn UnitOfWork> {
///     permit.into_transaction().1
/// }
/// ```
#[must_use = "a permit that is not spent does nothing"]
pub struct Permit<A: Action, U: ?Sized> {
    action: A,
    principal: Principal,
    grounds: Grounds,
    record: RecordId,
    unit: Box<U>,
}

impl<A: Action, U: ?Sized> Permit<A, U> {
    pub(crate) fn mint(action: A, principal: Principal, grounds: Grounds, record: RecordId, unit: Box<U>) -> Self {
        Self { action, principal, grounds, record, unit }
    }

    /// Returns the action with its parameters. Stores use it as the query key.
    pub const fn action(&self) -> &A {
        &self.action
    }

    /// Returns the principal who was allowed.
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Returns the grounds on which the action was allowed.
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns the id of the decision's ledger record.
    pub const fn record(&self) -> RecordId {
        self.record
    }
}

/// The contents of a permit after its transaction was taken out.
#[derive(Debug)]
pub struct Granted<A> {
    /// The action with its parameters.
    pub action: A,
    /// The principal who was allowed.
    pub principal: Principal,
    /// The decision's record, which becomes durable when the transaction ends.
    pub record: RecordId,
}

impl<A: Action<Effect = Write>, U: ?Sized> Permit<A, U> {
    /// Returns the transaction in which the action was decided and recorded. The caller applies the
    /// effect and commits; the record then has the outcome [`Done`](crate::ledger::Outcome::Done).
    /// Without a commit the effect is rolled back, and the record says that the change was not
    /// made.
    pub fn into_transaction(self) -> (Granted<A>, Box<U>) {
        let Self { action, principal, record, unit, .. } = self;
        (Granted { action, principal, record }, unit)
    }

    /// Returns the transaction, for another decision in it.
    pub(crate) fn transaction(&mut self) -> &mut U {
        &mut self.unit
    }
}

impl<A: Action<Effect = Read>, U: ?Sized> Permit<A, U> {
    /// Returns the unit of work in which the action was decided, for reading.
    pub fn unit(&mut self) -> &mut U {
        &mut self.unit
    }
}

impl<A: Action, U: ?Sized> fmt::Debug for Permit<A, U> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Permit({}, {})", A::NAME, self.record)
    }
}
