//! The cost of hashing a password.

use argon2::Params;

const LEAST_MEMORY_KIB: u32 = 19 * 1024;
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const LEAST_PASSES: u32 = 2;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

/// Argon2id's three parameters (RFC 9106), never below OWASP's minimum of 19 MiB, 2 passes and 1
/// lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why a cost is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    #[error("a password's memory must be between 19456 and 1048576 KiB (19 MiB to 1 GiB)")]
    Memory,
    #[error("a password's passes must be between 2 and 16")]
    Passes,
    #[error("a password's lanes must be between 1 and 16")]
    Lanes,
}

impl PasswordCost {
    /// The lowest accepted cost.
    pub const LEAST: Self = Self { memory_kib: LEAST_MEMORY_KIB, passes: LEAST_PASSES, lanes: 1 };

    /// Creates a cost of `memory_kib` KiB, `passes` passes and `lanes` lanes.
    ///
    /// # Errors
    /// If one of them is below the minimum, or so high that it can only be a mistake.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        if memory_kib < LEAST_MEMORY_KIB || memory_kib > MOST_MEMORY_KIB {
            return Err(CostError::Memory);
        }
        if passes < LEAST_PASSES || passes > MOST_PASSES {
            return Err(CostError::Passes);
        }
        if lanes < 1 || lanes > MOST_LANES {
            return Err(CostError::Lanes);
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// Returns the memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Returns the number of passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Returns the number of lanes.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// Returns the cost of a stored hash. It may be below today's minimum, but not above the
    /// maximum.
    pub(crate) fn stored(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        let bounded = memory_kib <= MOST_MEMORY_KIB && passes <= MOST_PASSES && lanes <= MOST_LANES;
        bounded.then_some(Self { memory_kib, passes, lanes })
    }

    /// Returns whether any of the three parameters is lower than in `other`.
    pub(crate) fn is_below(self, other: Self) -> bool {
        self.memory_kib < other.memory_kib || self.passes < other.passes || self.lanes < other.lanes
    }

    pub(crate) fn params(self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, None).ok()
    }

    /// Returns the extra work that makes up for a cheaper hash `spent`, if it was cheaper.
    pub(crate) fn beyond(self, spent: Self) -> Option<Params> {
        let missing = self.work().checked_sub(spent.work())?;
        // Time is proportional to memory × passes. Passes stay the same, so that memory stays below
        // this cost's.
        let memory_kib = u32::try_from(missing / u64::from(self.passes)).ok()?;
        Params::new(memory_kib, self.passes, 1, None).ok()
    }

    fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self::LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_below_the_least_or_beyond_reason_is_refused() {
        assert_eq!(PasswordCost::new(19_456, 2, 1), Ok(PasswordCost::LEAST));
        assert_eq!(PasswordCost::new(19_455, 2, 1), Err(CostError::Memory));
        assert_eq!(PasswordCost::new(u32::MAX, 2, 1), Err(CostError::Memory));
        assert_eq!(PasswordCost::new(19_456, 1, 1), Err(CostError::Passes));
        assert_eq!(PasswordCost::new(19_456, 17, 1), Err(CostError::Passes));
        assert_eq!(PasswordCost::new(19_456, 2, 0), Err(CostError::Lanes));
        assert_eq!(PasswordCost::new(19_456, 2, 17), Err(CostError::Lanes));
        assert!(PasswordCost::new(1_048_576, 16, 16).is_ok_and(|cost| cost.params().is_some()));
    }

    #[test]
    fn the_difference_makes_up_for_the_work_that_was_spared() {
        let raised = PasswordCost::new(65_536, 3, 1).unwrap();
        let extra = raised.beyond(PasswordCost::LEAST).unwrap();
        let both = PasswordCost::LEAST.work() + u64::from(extra.m_cost()) * u64::from(extra.t_cost());
        assert!(raised.work() - both <= u64::from(extra.t_cost()));
        assert!(extra.m_cost() <= raised.memory_kib());
        assert!(raised.beyond(raised).is_none());
        assert!(PasswordCost::LEAST.beyond(raised).is_none());
    }
}
