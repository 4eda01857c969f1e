//! The refusal as the caller sees it: how to go on, and the record's id. The cause stays in the
//! ledger.

use crate::{RecordId, RefusalKind};
use serde::{Deserialize, Serialize};

/// A refusal. It is sent to the browser, so it contains nothing about how the decision was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// How to respond.
    pub answer: RefusalKind,
    /// The ledger record of this decision, or `None` if it could not be written.
    pub record: Option<RecordId>,
}

impl Refusal {
    /// The decision could not be made, or could not be recorded.
    pub const UNAVAILABLE: Self = Self { answer: RefusalKind::Unavailable, record: None };

    /// Returns the HTTP status (RFC 9110) of a response that is not a redirect.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self.answer {
            RefusalKind::SignIn | RefusalKind::Confirm => 401,
            RefusalKind::Forbidden => 403,
            RefusalKind::NotFound => 404,
            RefusalKind::NeedsReason => 422,
            RefusalKind::Unavailable => 503,
        }
    }
}
