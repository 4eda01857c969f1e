//! What a page wants of the head of its answer.

use crate::page::Deferred;
use crate::page::error::PageError;
use doorward::{LocalPath, SecretText};
use std::sync::{Arc, Mutex, PoisonError};

/// The colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Reads what [`Theme::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == text)
    }

    /// The theme as cookie and form spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a page wants of its answer's head. The server reads it after the page is rendered, before the first byte.
#[derive(Clone, Default)]
pub struct Head(Arc<Mutex<HeadParts>>);

/// The parts of a [`Head`].
#[derive(Default)]
pub struct HeadParts {
    /// The status, where it is not 200.
    pub status: Option<u16>,
    /// Where to go instead (303).
    pub see_other: Option<LocalPath>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// What becomes of the session's cookie.
    pub handle: Option<HandleChange>,
    /// The marks that the browser is to keep.
    pub marks: Option<SecretText>,
    /// Whether to try if the browser keeps cookies.
    pub tries_cookies: bool,
    /// The theme to remember.
    pub theme: Option<Theme>,
    /// Whether a message waits from now on (true), or has been shown (false).
    pub flash_waits: Option<bool>,
    /// The nonce of the page's scripts.
    pub nonce: Option<Arc<str>>,
    /// Whether the body shows a secret value, and so is not compressed (the BREACH attack).
    pub reveals: bool,
    /// Whether the browser should forget what it fetched in advance, because the session has ended.
    pub forget_prefetched: bool,
    /// The parts of the page that are read after the rest is on its way.
    pub deferred: Vec<Deferred>,
    /// The refusal, where this answer is one.
    pub failure: Option<PageError>,
    /// The name of the policy question behind a posted form that needs a confirmation first.
    pub held_up: Option<&'static str>,
}

/// What becomes of the cookie that carries the handle.
pub enum HandleChange {
    /// A new session: the browser is given its handle.
    Set(SecretText),
    /// The session ended: the cookie and everything kept of this site are cleared.
    Clear,
}

impl Head {
    /// Changes the head.
    pub fn set(&self, change: impl FnOnce(&mut HeadParts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether something was set about the handle.
    pub(super) fn changes_handle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).handle.is_some()
    }

    /// Takes what was set.
    #[must_use]
    pub fn take(&self) -> HeadParts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
