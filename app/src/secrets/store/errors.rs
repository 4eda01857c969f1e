//! Why a change of a secret was not made.

use crate::backend::StoreError;
use crate::secrets::store::{BadValue, LaterChange};

/// Why a secret was not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    #[error("another secret has that name")]
    Taken,
    #[error("the form was sent before")]
    SentBefore,
    #[error(transparent)]
    Value(#[from] BadValue),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a secret did not get a new value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RotateError {
    #[error(transparent)]
    Value(#[from] BadValue),
    #[error("the form was sent before")]
    SentBefore,
    #[error("the value was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a secret was not renamed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    #[error("another secret has that name")]
    Taken,
    #[error("the secret was changed meanwhile")]
    Stale(LaterChange),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why access was not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("there is nobody of that name")]
    Nobody,
    #[error("they own it")]
    Owner,
    #[error("the form was sent before")]
    SentBefore,
    #[error(transparent)]
    Store(#[from] StoreError),
}
