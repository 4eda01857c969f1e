//! A secret's value on its way to the person who asked for it.

use serde::{Deserialize, Serialize};

/// The answer to a reveal: the one type that carries a secret value to a browser. It has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// The value.
    pub value: String,
    /// Its version.
    pub version: i64,
    /// The record of the decision that let it be seen.
    pub record: doorward::RecordId,
}
