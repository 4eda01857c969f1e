//! What holds for every session, from the settings.

use doorward::session::Lifetimes;
use doorward::{ReconfirmOn, TimeSpan};

/// The rules of sessions. A role may have stricter limits; see `role_limits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// How long they live.
    pub lifetimes: Lifetimes,
    /// How often their handle is replaced.
    pub renewal: TimeSpan,
    /// Which changes of place ask for a confirmation.
    pub places: ReconfirmOn,
}
