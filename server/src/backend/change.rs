//! The one way to write: an effect runs in its permit's transaction, and ends with it.

use super::unit::SqlUnit;
use crate::db::transaction::Source;
use crate::db::used_forms;
use app::backend::{Permit, StoreError};
use doorward::action::{Action, Write};
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Granted, Principal};

/// Why a change was not made, which decides what the transaction keeps and what its records say.
#[derive(Debug)]
pub enum NotMade<E> {
    /// The input does not fit what is stored. The effect is undone.
    Invalid(E),
    /// As [`NotMade::Invalid`], but what the try used up stays used up.
    UsedUp(E),
    /// Something else that the change needs was refused. The effect is undone, and nothing is wrong with what was allowed.
    GivenUp(E),
    /// What the change needs is no longer there. The effect is undone.
    Failed(E),
    /// The transaction is of no use any more, and is dropped.
    Store(StoreError),
}

impl<E: From<StoreError>> NotMade<E> {
    /// Returns what the caller is told.
    pub fn error(self) -> E {
        match self {
            Self::Invalid(error) | Self::UsedUp(error) | Self::GivenUp(error) | Self::Failed(error) => error,
            Self::Store(error) => error.into(),
        }
    }

    pub fn map<F>(self, of: impl FnOnce(E) -> F) -> NotMade<F> {
        match self {
            Self::Invalid(error) => NotMade::Invalid(of(error)),
            Self::UsedUp(error) => NotMade::UsedUp(of(error)),
            Self::GivenUp(error) => NotMade::GivenUp(of(error)),
            Self::Failed(error) => NotMade::Failed(of(error)),
            Self::Store(error) => NotMade::Store(error),
        }
    }
}

impl<E> From<Unavailable> for NotMade<E> {
    fn from(error: Unavailable) -> Self {
        Self::Store(error.into())
    }
}

impl<E> From<StoreError> for NotMade<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Refuses a form that was sent before.
pub(crate) async fn once<E>(
    source: &mut Source,
    who: &Principal,
    form: Option<&str>,
    sent_before: E,
) -> Result<(), NotMade<E>> {
    let is_new = used_forms::use_up(source, who.session, form, who.now).await?;
    is_new.then_some(()).ok_or(NotMade::Invalid(sent_before))
}

/// Runs `effect` in the transaction of `permit`. The effect can neither commit nor undo: its result decides, and effect
/// and record are committed together.
pub(crate) async fn change<A, T, E>(
    permit: Permit<A>,
    effect: impl AsyncFnOnce(&mut Source, Granted<A>) -> Result<T, NotMade<E>>,
) -> Result<T, E>
where
    A: Action<Effect = Write>,
    E: From<StoreError>,
{
    let (granted, unit) = permit.into_transaction();
    let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
    let made = effect(&mut source, granted).await;
    let ended = match &made {
        Ok(_) => source.commit().await,
        Err(NotMade::Invalid(_)) => source.undo(Outcome::Invalid).await,
        Err(NotMade::UsedUp(_)) => source.commit_with(Outcome::Invalid).await,
        Err(NotMade::GivenUp(_)) => source.undo(Outcome::GivenUp).await,
        Err(NotMade::Failed(_)) => source.undo(Outcome::Failed).await,
        Err(NotMade::Store(_)) => Ok(()),
    };
    ended.map_err(StoreError::from)?;
    made.map_err(NotMade::error)
}
