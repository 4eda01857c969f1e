//! Policy decisions and their combinators: `who.holds(NAME).within(env).and(…).or(…)`.

use crate::{Grounds, Reason};

/// The result of a policy: allowed on some grounds, or refused for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a decision that nobody reads decides nothing"]
pub struct Decision(Result<Grounds, Reason>);

impl Decision {
    /// Allows on `grounds`.
    pub const fn allowed(grounds: Grounds) -> Self {
        Self(Ok(grounds))
    }

    /// Refuses for `reason`.
    pub const fn refused(reason: Reason) -> Self {
        Self(Err(reason))
    }

    /// Allows on `grounds` if `holds`; otherwise refuses for `reason`.
    pub const fn when(holds: bool, grounds: Grounds, reason: Reason) -> Self {
        if holds { Self::allowed(grounds) } else { Self::refused(reason) }
    }

    /// Allows if both allow, on the grounds of both. Otherwise keeps the first refusal's reason.
    pub const fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Ok(these), Ok(those)) => Self(Ok(these.with(those))),
            (Err(reason), _) | (_, Err(reason)) => Self(Err(reason)),
        }
    }

    /// Allows if at least one allows, on that one's grounds. Otherwise keeps the first refusal's
    /// reason.
    pub const fn or(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Ok(grounds), _) | (Err(_), Ok(grounds)) => Self(Ok(grounds)),
            (Err(reason), Err(_)) => Self(Err(reason)),
        }
    }

    /// Turns a refusal into one that looks as if the record did not exist.
    pub const fn or_hidden(self) -> Self {
        match self.0 {
            Ok(_) => self,
            Err(_) => Self(Err(Reason::Hidden)),
        }
    }

    /// Returns the grounds, or the reason for the refusal as the error.
    pub const fn outcome(self) -> Result<Grounds, Reason> {
        self.0
    }

    /// Returns whether the decision allows.
    #[must_use]
    pub const fn allows(self) -> bool {
        self.0.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Decision = Decision::allowed(Grounds::ROLE);
    const ALSO: Decision = Decision::allowed(Grounds::GRANT);
    const NO: Decision = Decision::refused(Reason::NoPermission);
    const NEVER: Decision = Decision::refused(Reason::NotGranted);

    #[test]
    fn and_needs_both_and_keeps_the_first_reason() {
        assert_eq!(YES.and(ALSO).outcome(), Ok(Grounds::ROLE.with(Grounds::GRANT)));
        assert_eq!(NO.and(YES).outcome(), Err(Reason::NoPermission));
        assert_eq!(YES.and(NO).outcome(), Err(Reason::NoPermission));
        assert_eq!(NEVER.and(NO).outcome(), Err(Reason::NotGranted));
    }

    #[test]
    fn or_needs_one_and_keeps_the_first_reason() {
        assert!(YES.or(NO).allows() && NO.or(YES).allows() && YES.or(ALSO).allows());
        assert_eq!(NO.or(NEVER).outcome(), Err(Reason::NoPermission));
    }

    #[test]
    fn what_is_hidden_has_no_other_reason() {
        assert_eq!(NEVER.or_hidden().outcome(), Err(Reason::Hidden));
        assert_eq!(YES.or_hidden(), YES);
    }
}
