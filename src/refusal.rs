//! What an asker learns of a refusal: how to go on, and the record's id. The cause stays in the ledger.

use crate::{RecordId, RefusalKind};
use serde::{Deserialize, Serialize};

/// A refusal on its way out. It crosses to the browser, so it holds nothing that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// How to answer.
    pub answer: RefusalKind,
    /// The record of this decision; none where it could not be written.
    pub record: Option<RecordId>,
}

impl Refusal {
    /// Nothing could be decided, or the decision could not be recorded.
    pub const UNAVAILABLE: Self = Self { answer: RefusalKind::Unavailable, record: None };

    /// The HTTP status of the answer where it is not a redirect (RFC 9110).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self.answer {
            RefusalKind::SignIn | RefusalKind::Confirm => 401,
            RefusalKind::Forbidden => 403,
            RefusalKind::NotFound => 404,
            RefusalKind::Unavailable => 503,
        }
    }
}
