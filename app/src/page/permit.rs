//! Permits for the current request.
//!
//! [`permit`] finds the request in Leptos' context, opens a unit of work, and calls the guard. Every loader and action
//! begins here.

use crate::page::context::{RequestContext, request};
use crate::page::error::PageError;
use crate::page::{Asker, Loadable, Site};
use doorward::Refusal;
use doorward::action::{Action, Effect};
use doorward::guard::{self, Continuation, InvalidInput};
use std::future::Future;
use std::panic::Location;

/// Proof that `A` was decided, allowed and recorded, in a unit of work of `S`.
pub type Permit<A, S> = doorward::Permit<A, <S as Site>::Unit>;

/// Asks for `action` in the current request. A refusal is recorded too.
#[track_caller]
pub fn permit<S: Site, A>(action: A) -> impl Future<Output = Result<Permit<A, S>, PageError>> + Send
where
    A: Action<Facts: Loadable<S>>,
{
    permit_for::<S, A>(action, Asker::Line(Location::caller()))
}

/// Asks for `action` on behalf of `asker`.
pub(crate) async fn permit_for<S: Site, A>(action: A, asker: Asker) -> Result<Permit<A, S>, PageError>
where
    A: Action<Facts: Loadable<S>>,
{
    let request = request::<S>()?;
    let outcome = match S::watches(&request) {
        None => decide(&request, action).await,
        Some(meter) => {
            let (outcome, cost) = meter.measure(decide(&request, action)).await;
            S::show_decision(&request, &outcome, asker, cost);
            outcome
        }
    };
    let permit = outcome?;
    request.began.get_or_init(|| Continuation::from(permit.principal()));
    // A permit to write holds the only write transaction, so the handle is renewed afterwards: see `page::form::action`.
    if !A::Effect::CHANGES {
        request.renew_handle(permit.principal()).await;
    }
    Ok(permit)
}

async fn decide<S: Site, A>(request: &RequestContext<S>, action: A) -> Result<Permit<A, S>, Refusal>
where
    A: Action<Facts: Loadable<S>>,
{
    let unit = unit_for(request, &action).await?;
    guard::permit(unit, &request.asked, action).await.map_err(|refused| {
        if let Some(by_policy) = refused.by_policy {
            let _ = request.refused.set(*by_policy);
        }
        refused.refusal
    })
}

/// Opens a unit of work for an action: a reader, or a transaction if the action changes something. Without a live session
/// no transaction is opened.
async fn unit_for<S: Site, A: Action>(request: &RequestContext<S>, action: &A) -> Result<Box<S::Unit>, Refusal> {
    let mut unit = S::unit(&request.backend, false).await.map_err(|_| Refusal::UNAVAILABLE)?;
    if !A::Effect::CHANGES {
        return Ok(unit);
    }
    guard::refuse_without_session(unit.as_mut(), &request.asked, action).await?;
    // Return the connection first: on PostgreSQL the transaction may take the same one.
    drop(unit);
    S::unit(&request.backend, true).await.map_err(|_| Refusal::UNAVAILABLE)
}

/// Asks for `action` although the rest of the input is invalid. The decision is recorded with the outcome that it was not
/// done. Returns the failure of the input only if the action is allowed, and the refusal otherwise.
pub(crate) async fn refuse_input<S: Site, A>(action: A, failure: PageError) -> PageError
where
    A: Action<Facts: Loadable<S>>,
{
    match decide_anyway::<S, A>(action).await {
        Ok(_) => failure,
        Err(refusal) => refusal,
    }
}

/// Asks as [`refuse_input`] does, and returns the decision if the action is allowed.
pub(super) async fn decide_anyway<S: Site, A>(action: A) -> Result<InvalidInput, PageError>
where
    A: Action<Facts: Loadable<S>>,
{
    let request = request::<S>()?;
    let unit = unit_for(&request, &action).await?;
    Ok(guard::refuse_input(unit, &request.asked, action).await?)
}

/// Declares actions about the person who asks, for which being signed in is enough: `Name = "name", Read;`, with the
/// assurance if it is not the usual one.
#[macro_export]
macro_rules! for_oneself {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ty $(, $needed:ident)?;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl doorward::action::Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = None;
            $(const ASSURANCE: doorward::action::Needed = doorward::action::Needed::$needed;)?
            type Facts = ();
            type Effect = $effect;

            fn about(&self) {}

            fn decide(&self, who: &doorward::Principal, (): &()) -> doorward::policy::Decision {
                who.signed_in()
            }
        }
    )*};
}

/// Declares actions that are about no one thing, and for which a permission that is held everywhere is enough:
/// `Name = "name", Read, PERMISSION;`.
#[macro_export]
macro_rules! for_holders {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $effect:ty, $permission:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl doorward::action::Action for $name {
            const NAME: &'static str = $text;
            const PERMISSION: Option<&'static str> = Some($permission);
            type Facts = ();
            type Effect = $effect;

            fn about(&self) {}

            fn decide(&self, who: &doorward::Principal, (): &()) -> doorward::policy::Decision {
                who.holds($permission).everywhere()
            }
        }
    )*};
}
