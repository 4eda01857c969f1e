//! A secret's value on its way to the user who revealed it.

use serde::{Deserialize, Serialize};

/// The response to a reveal: the only type that carries a secret value to a browser. Has no
/// `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    pub value: String,
    pub version: i64,
    /// The ledger record of the decision that allowed it.
    pub record: doorward::RecordId,
}
