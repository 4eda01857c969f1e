//! Texts about an action that needs a confirmation, for the confirmation page and for the page it
//! returns to.

mod known;

use known::KNOWN;

/// An action that needs a fresh confirmation.
#[derive(Debug, PartialEq, Eq)]
pub struct HeldUp {
    /// The name of the action that was refused.
    pub action: &'static str,
    /// Continues a sentence after "To …".
    pub what: &'static str,
    /// What is left to do after the confirmation. Typed text is not kept, because it may be a
    /// secret.
    pub then: &'static str,
}

impl HeldUp {
    /// Returns the texts for an action, if there are any.
    #[must_use]
    pub fn of(action: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.action == action)
    }

    /// Whether the action is held up only in protected environments, which the page then marks.
    #[must_use]
    pub fn is_in_protected(&self) -> bool {
        matches!(self.action, "secret.reveal" | "secret.rotate" | "secret.generate" | "secret.rename")
    }
}

#[cfg(test)]
mod tests;
