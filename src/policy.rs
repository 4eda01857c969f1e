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

/// The rules of an environment that come on top of roles and grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// A value is shown or changed only after a fresh authentication.
    pub fresh: bool,
    /// A value is shown or changed only in a session that has shown a second factor.
    pub second_factor: bool,
    /// A value is shown only to somebody who states a reason.
    pub reason: bool,
    /// Service accounts and agents are refused, whatever their roles and grants are.
    pub no_machines: bool,
}

/// The text is not the code of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule is fresh, second_factor, reason or no_machines")]
pub struct BadRule;

impl Protection {
    /// No rule.
    pub const NONE: Self = Self { fresh: false, second_factor: false, reason: false, no_machines: false };
    /// A fresh authentication alone.
    pub const FRESH: Self = Self { fresh: true, ..Self::NONE };

    /// Whether people must prove who they are before they use a value: the environments to be careful with.
    #[must_use]
    pub const fn is_protected(self) -> bool {
        self.fresh || self.second_factor
    }

    /// Returns each rule's code with whether it holds. Codes are kept in rows and records.
    #[must_use]
    pub const fn rules(self) -> [(&'static str, bool); 4] {
        [
            ("fresh", self.fresh),
            ("second_factor", self.second_factor),
            ("reason", self.reason),
            ("no_machines", self.no_machines),
        ]
    }

    /// Returns the codes of the rules that hold, for example `fresh,reason`.
    #[must_use]
    pub fn codes(self) -> String {
        let held = self.rules().into_iter().filter(|(_, holds)| *holds);
        held.map(|(code, _)| code).collect::<Vec<_>>().join(",")
    }

    /// Parses what [`Protection::codes`] returned.
    #[must_use]
    pub fn parse(codes: &str) -> Option<Self> {
        let mut rules = Self::NONE;
        for code in codes.split(',').filter(|code| !code.is_empty()) {
            let rule = match code {
                "fresh" => &mut rules.fresh,
                "second_factor" => &mut rules.second_factor,
                "reason" => &mut rules.reason,
                "no_machines" => &mut rules.no_machines,
                _ => return None,
            };
            *rule = true;
        }
        Some(rules)
    }

    /// Parses the code of one rule.
    ///
    /// # Errors
    /// If there is no such rule.
    pub fn parse_one(code: &str) -> Result<Self, BadRule> {
        Self::parse(code).filter(|rules| *rules != Self::NONE && !code.contains(',')).ok_or(BadRule)
    }

    fn combined(self, other: Self, combine: fn(bool, bool) -> bool) -> Self {
        Self {
            fresh: combine(self.fresh, other.fresh),
            second_factor: combine(self.second_factor, other.second_factor),
            reason: combine(self.reason, other.reason),
            no_machines: combine(self.no_machines, other.no_machines),
        }
    }

    /// Returns the rules of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        self.combined(other, |this, that| this || that)
    }

    /// Returns the rules that are not among `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        self.combined(other, |this, that| this && !that)
    }

    /// Returns whether a rule of `before` does not hold any more.
    #[must_use]
    pub fn relaxes(self, before: Self) -> bool {
        self.rules().into_iter().zip(before.rules()).any(|((_, holds), (_, held))| held && !holds)
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
    fn only_a_rule_that_goes_relaxes() {
        let strict = Protection { reason: true, ..Protection::FRESH };
        assert!(Protection::NONE.relaxes(strict) && Protection::FRESH.relaxes(strict));
        assert!(!strict.relaxes(Protection::FRESH) && !strict.relaxes(strict));
        let other = Protection { no_machines: true, ..Protection::FRESH };
        assert!(other.relaxes(strict), "one rule does not make up for another");
    }

    #[test]
    fn rules_are_read_back_from_their_codes() {
        for bits in 0..16 {
            let holds = |bit: i32| bits & bit != 0;
            let rules =
                Protection { fresh: holds(1), second_factor: holds(2), reason: holds(4), no_machines: holds(8) };
            assert_eq!(Protection::parse(&rules.codes()), Some(rules));
        }
        assert_eq!(Protection::parse("fresh,unknown"), None);
        assert_eq!(Protection::parse_one("fresh,reason"), Err(BadRule));
        assert_eq!(Protection::parse_one("fresh"), Ok(Protection::FRESH));
    }

    #[test]
    fn what_is_hidden_has_no_other_reason() {
        assert_eq!(NEVER.or_hidden().outcome(), Err(Reason::Hidden));
        assert_eq!(YES.or_hidden(), YES);
    }
}
