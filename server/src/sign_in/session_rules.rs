//! The session settings.

use doorward::session::Lifetimes;
use doorward::{ReconfirmOn, TimeSpan};

/// The server's session settings. Roles may have stricter limits; see `role_limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// How long they live.
    pub lifetimes: Lifetimes,
    /// How often a handle is replaced.
    pub renewal: TimeSpan,
    /// Which changes of address or browser require a confirmation.
    pub places: ReconfirmOn,
}
