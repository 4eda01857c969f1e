//! Failures, as islands receive them.

use crate::page::CompactEncoding;
use doorward::{Refusal, RefusalKind};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// A failure as an island receives it. A page answers the same failures with a status and an error page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageError {
    /// The guard refused.
    Refused(Refusal),
    /// The input is not valid.
    Invalid {
        /// The field's name.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// Too many tries.
    TooMany {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// The form has more bytes than the server reads.
    TooLarge,
    /// The address does not accept this method.
    NoSuchAction,
    /// There was no answer, or none that could be read.
    Lost,
}

impl PageError {
    /// Returns the failure of one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), message: message.into() }
    }

    /// The HTTP status (RFC 9110, RFC 6585).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::Invalid { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::TooLarge => 413,
            Self::NoSuchAction => 405,
            Self::Lost => 500,
        }
    }

    /// Returns the seconds after which to try again, if that may help.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            Self::Refused(Refusal { answer: RefusalKind::Unavailable, .. }) => Some(5),
            _ => None,
        }
    }

    /// Returns a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Refused(refusal) => match refusal.answer {
                RefusalKind::SignIn => "Your session has ended. Sign in to go on.".to_owned(),
                RefusalKind::Forbidden => "You do not have permission to do this.".to_owned(),
                RefusalKind::NotFound => "It does not exist, or you do not have access to it.".to_owned(),
                RefusalKind::Confirm => "Confirm first that it is you.".to_owned(),
                RefusalKind::NeedsReason => {
                    "Say why, in 10 to 500 characters. The reason is kept in the record.".to_owned()
                }
                RefusalKind::Unavailable => "This cannot be decided right now. Try again in a moment.".to_owned(),
            },
            Self::Invalid { message, .. } => message.clone(),
            Self::TooMany { retry_after } => format!("Too many tries. Try again in {retry_after} s."),
            Self::TooLarge => "This is too large to be sent, so nothing was changed.".to_owned(),
            Self::NoSuchAction => "This cannot be done here.".to_owned(),
            Self::Lost => "Doorward cannot be reached. Nothing is lost; try again.".to_owned(),
        }
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl FromServerFnError for PageError {
    type Encoder = CompactEncoding;

    /// The framework's own message may quote the input, so it is dropped.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::invalid("", "What was sent could not be read.")
            }
            _ => Self::Lost,
        }
    }
}
