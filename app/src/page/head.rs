//! The head of an answer, as pages set it.

use crate::page::Deferred;
use crate::page::error::PageError;
use doorward::{LocalPath, SecretText};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// The colour theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The system's.
    #[default]
    System,
    Light,
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

/// How long a page shows a value.
pub const SHOWN_SECONDS: u32 = 30;

/// The head of an answer. The server reads it after the page is rendered, before the first byte.
#[derive(Clone, Default)]
pub struct Head(Arc<Mutex<HeadParts>>);

/// The parts of a [`Head`].
#[derive(Default)]
pub struct HeadParts {
    /// The status, if it is not 200.
    pub status: Option<u16>,
    /// The target of a redirect (303).
    pub see_other: Option<LocalPath>,
    /// The file that is sent in place of a page.
    pub attachment: Option<Attachment>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// A change of the session's cookie.
    pub handle: Option<HandleChange>,
    /// The marks that the browser should keep.
    pub marks: Option<SecretText>,
    /// Whether to find out if the browser keeps cookies.
    pub tries_cookies: bool,
    /// The theme to remember.
    pub theme: Option<Theme>,
    /// Whether a message is waiting now (true) or has been shown (false).
    pub flash_waits: Option<bool>,
    /// The nonce of the page's scripts.
    pub nonce: Option<Arc<str>>,
    /// Whether the body shows a secret value. Such a body is not compressed (BREACH attack).
    pub reveals: bool,
    /// Where the browser goes after [`SHOWN_SECONDS`], away from a value that the page shows.
    pub leaves_for: Option<LocalPath>,
    /// After so many seconds the browser loads the page again, because it will say more then.
    pub reloads_after: Option<u32>,
    /// Whether the browser should drop prefetched pages, because the session has ended.
    pub forget_prefetched: bool,
    /// The parts of the page that are read after the rest is on its way.
    pub deferred: Vec<Deferred>,
    /// The refusal, if this answer is one.
    pub failure: Option<PageError>,
    /// The name of the policy question behind a posted form that needs a confirmation first.
    pub held_up: Option<&'static str>,
}

/// A file that a browser stores and never shows. Has no `Debug`.
pub struct Attachment {
    pub name: String,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// A change of the cookie that carries the handle.
pub enum HandleChange {
    /// Gives the browser a new handle.
    Set(SecretText),
    /// The session has ended: clears the cookie, and everything that the browser keeps of this site.
    Clear,
}

impl Head {
    pub fn set(&self, change: impl FnOnce(&mut HeadParts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns whether the handle is changed.
    pub(super) fn changes_handle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).handle.is_some()
    }

    /// Returns whether the browser will load the page again by itself.
    #[must_use]
    pub fn reloads(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reloads_after.is_some()
    }

    /// Returns what was set, and leaves an empty head.
    #[must_use]
    pub fn take(&self) -> HeadParts {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
