//! When secrets are due for a new value: the data for pages, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::{AddError, EditError, RotateError};
use async_trait::async_trait;
use doorward::generator::Generator;
use doorward::{Environment, SecretId, TimeSpan, Timestamp};

/// The longest period, in days.
pub const LONGEST_PERIOD: i64 = 3_650;

/// The number of weeks that the chart shows.
pub const WEEKS: usize = 13;

const DAY: TimeSpan = TimeSpan::hours(24);

/// A secret's period, and when it got its present value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The period in days.
    pub days: Option<i64>,
    pub rotated: Timestamp,
}

/// How far a secret is in its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationState {
    /// The due date has passed.
    Overdue,
    /// The due date is near: see [`Rotation::lead`].
    Due,
    Later,
    /// There is no period.
    Unset,
}

impl RotationState {
    pub const ALL: [Self; 4] = [Self::Overdue, Self::Due, Self::Later, Self::Unset];

    /// Returns the state as it appears in addresses and statements.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Due => "due",
            Self::Later => "later",
            Self::Unset => "none",
        }
    }
}

impl Rotation {
    /// How long before its due date a secret counts as due: a week, and a quarter of a period shorter than four weeks.
    fn lead(days: i64) -> TimeSpan {
        if days >= 28 { TimeSpan(7 * DAY.0) } else { TimeSpan(days * DAY.0 / 4) }
    }

    /// Returns the due date, or `None` if there is no period.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.days.map(|days| self.rotated.plus(TimeSpan(days.saturating_mul(DAY.0))))
    }

    #[must_use]
    pub fn state(&self, now: Timestamp) -> RotationState {
        let Some((days, due)) = self.days.zip(self.due()) else { return RotationState::Unset };
        let left = due.since(now);
        if left.0 <= 0 {
            RotationState::Overdue
        } else if left <= Self::lead(days) {
            RotationState::Due
        } else {
            RotationState::Later
        }
    }

    /// Returns how far the due date is, for example `overdue by 3 days` or `due in 1 day`.
    #[must_use]
    pub fn in_words(&self, now: Timestamp) -> Option<String> {
        let left = self.due()?.since(now).0;
        let length = days_in_words(left.abs() / DAY.0);
        Some(if left <= 0 { format!("overdue by {length}") } else { format!("due in {length}") })
    }
}

/// Returns a number of whole days as text.
#[must_use]
pub fn days_in_words(days: i64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// A secret in the list of rotations.
#[derive(Clone, Debug)]
pub struct RotationRow {
    pub id: SecretId,
    pub name: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    /// The owner's display name.
    pub owner: String,
    pub rotation: Rotation,
}

/// The number of secrets that fall due in one week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueWeek {
    /// When it begins: a Monday, UTC.
    pub from: Timestamp,
    /// Without those that are overdue already.
    pub secrets: i64,
}

/// One page of the list of rotations.
#[derive(Clone, Debug)]
pub struct RotationListing {
    pub rows: Vec<RotationRow>,
    /// The number of rows on all pages.
    pub total: i64,
    /// The environments in which the user may see something, for the filter.
    pub environments: Vec<Environment>,
    /// The number of secrets whose due date has passed, of all that the filter's environment and folder hold.
    pub overdue: i64,
    /// This week and the next ones, of the same secrets.
    pub weeks: Vec<DueWeek>,
}

/// The secrets that the user is to rotate, for the overview.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToRotate {
    pub due: usize,
    pub overdue: usize,
}

/// Reads and sets when secrets are due.
#[async_trait]
pub trait Rotations: Send + Sync {
    /// Returns one page of the secrets that the user may know of, by due date.
    async fn rotations(&self, permit: Permit<policy::ListRotations>) -> Result<RotationListing, StoreError>;

    /// Sets a secret's period. `over` is the revision that the form was made from.
    async fn set_rotation(&self, permit: Permit<policy::SetRotation>, over: Option<i64>) -> Result<(), EditError>;
}

/// Why a secret did not get a generated value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    #[error("no settings are kept with the secret")]
    NothingKept,
    #[error(transparent)]
    Rotate(#[from] RotateError),
}

impl From<StoreError> for GenerateError {
    fn from(error: StoreError) -> Self {
        Self::Rotate(error.into())
    }
}

/// Stores values that the server generates.
#[async_trait]
pub trait Generators: Send + Sync {
    /// Adds a secret whose first value is generated, and keeps the generator with it.
    async fn add_generated(
        &self,
        permit: Permit<policy::AddSecret>,
        generator: &Generator,
        form: Option<&str>,
    ) -> Result<SecretId, AddError>;

    /// Stores a generated value, and returns its version and what generated it. `over` is the version that the form was
    /// made from. A form with a token does this only once.
    async fn generate(
        &self,
        permit: Permit<policy::GenerateValue>,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<(i64, Generator), GenerateError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: fn(i64) -> Timestamp = |days| Timestamp(days * DAY.0);

    #[test]
    fn a_secret_is_due_a_week_before_its_date() {
        let rotation = Rotation { days: Some(30), rotated: DAYS(100) };
        assert_eq!(rotation.due(), Some(DAYS(130)));
        let states = [100, 122, 123, 129, 130, 133].map(|day| rotation.state(DAYS(day)));
        use RotationState::{Due, Later, Overdue};
        assert_eq!(states, [Later, Later, Due, Due, Overdue, Overdue]);
        let words = [122, 129, 130, 131, 133].map(|day| rotation.in_words(DAYS(day)).expect("a period"));
        assert_eq!(
            words,
            ["due in 8 days", "due in 1 day", "overdue by less than a day", "overdue by 1 day", "overdue by 3 days"]
        );
    }

    #[test]
    fn a_short_period_is_due_in_its_last_quarter() {
        let rotation = Rotation { days: Some(4), rotated: DAYS(0) };
        assert_eq!([2, 3, 4].map(|day| rotation.state(DAYS(day)).as_str()), ["later", "due", "overdue"]);
        let unset = Rotation { days: None, rotated: DAYS(0) };
        assert_eq!((unset.state(DAYS(9_000)), unset.in_words(DAYS(9_000))), (RotationState::Unset, None));
    }
}
