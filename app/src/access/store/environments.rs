//! Environments as rows: the data for pages, and the store trait.

use crate::access::policy::environments as policy;
use crate::backend::{Permit, StoreError};
use async_trait::async_trait;
use doorward::Environment;
use doorward::policy::Protection;

/// The longest description, in characters.
pub const LONGEST_DESCRIPTION: usize = 200;

/// Returns what a rule does, for people.
#[must_use]
pub fn rule_in_words(code: &str) -> &'static str {
    match code {
        "fresh" => "Fresh confirmation",
        "second_factor" => "Second factor",
        "reason" => "Stated reason",
        _ => "No machines",
    }
}

/// Returns the names of the rules that hold.
#[must_use]
pub fn rules_in_words(rules: Protection) -> Vec<&'static str> {
    rules.rules().into_iter().filter(|(_, holds)| *holds).map(|(code, _)| rule_in_words(code)).collect()
}

/// Returns the sentence that other administrators are told when a rule was taken off, without its full stop.
#[must_use]
pub fn relaxed(by: &str, name: &Environment, (was, becomes): (Protection, Protection)) -> String {
    let gone = was.rules().into_iter().zip(becomes.rules());
    let gone = gone.filter(|((_, held), (_, holds))| *held && !holds).map(|((code, _), _)| rule_in_words(code));
    let gone: Vec<_> = gone.map(|rule| format!("“{rule}”")).collect();
    format!("{by} turned off {} for {name}", gone.join(" and "))
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct EnvironmentRow {
    pub name: Environment,
    pub description: String,
    pub rules: Protection,
    /// The number of its secrets that the principal may know of.
    pub secrets: i64,
}

#[derive(Clone, Debug)]
pub struct EnvironmentListing {
    /// In their order.
    pub rows: Vec<EnvironmentRow>,
    pub may_edit: bool,
}

#[derive(Clone, Debug)]
pub struct EnvironmentDetail {
    pub row: EnvironmentRow,
    pub may_edit: bool,
    /// Whether the principal has a second factor. Without one they can take no rule off.
    pub has_second_factor: bool,
}

/// What is still in an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Secrets, archived ones included.
    pub secrets: i64,
    /// Deliveries, until they are forgotten.
    pub deliveries: i64,
    /// Roles that name it, apart from those that come with Doorward.
    pub roles: i64,
    /// Roles that were given to people or groups for it alone.
    pub given: i64,
}

impl Contents {
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Returns what there is, for example `2 secrets (archived ones count) and 1 delivery`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let each = [
            (self.secrets, "secret", "secrets", " (archived ones count)"),
            (self.deliveries, "delivery", "deliveries", " (finished ones count until they are forgotten)"),
            (self.roles, "role that names it", "roles that name it", ""),
            (self.given, "role given for it alone", "roles given for it alone", ""),
        ];
        let parts = each.into_iter().filter(|(count, ..)| *count > 0).map(|(count, one, many, more)| {
            let noun = if count == 1 { one } else { many };
            format!("{count} {noun}{more}")
        });
        let parts: Vec<_> = parts.collect();
        match parts.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => "nothing".to_owned(),
        }
    }
}

/// Why an environment was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    #[error("there is an environment of that name already")]
    NameTaken,
    #[error("the environment was changed meanwhile")]
    Stale,
    #[error("the environment is not empty")]
    InUse(Contents),
    #[error("it is at that end of the list already")]
    AtTheEnd,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads and changes environments.
#[async_trait]
pub trait EnvironmentRules: Send + Sync {
    async fn environments(&self, permit: Permit<policy::ListEnvironments>) -> Result<EnvironmentListing, StoreError>;

    async fn environment(&self, permit: Permit<policy::ReadEnvironment>) -> Result<EnvironmentDetail, StoreError>;

    async fn add_environment(
        &self,
        permit: Permit<policy::AddEnvironment>,
        description: &str,
    ) -> Result<(), EnvironmentError>;

    /// Changes the description and the rules. `was` is the description that the form was made from.
    async fn edit_environment(
        &self,
        permit: Permit<policy::EditEnvironment>,
        description: &str,
        was: &str,
    ) -> Result<(), EnvironmentError>;

    async fn move_environment(&self, permit: Permit<policy::MoveEnvironment>) -> Result<(), EnvironmentError>;

    async fn remove_environment(&self, permit: Permit<policy::RemoveEnvironment>) -> Result<(), EnvironmentError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_named() {
        let contents = Contents { secrets: 2, roles: 1, given: 1, ..Contents::default() };
        let words = "2 secrets (archived ones count), 1 role that names it and 1 role given for it alone";
        assert_eq!(contents.in_words(), words);
        assert!(Contents::default().is_nothing() && !contents.is_nothing());
    }

    #[test]
    fn administrators_are_told_what_is_gone() {
        let was = Protection { reason: true, second_factor: true, ..Protection::FRESH };
        let told = relaxed("Ada", &Environment::nothing(), (was, Protection::FRESH));
        assert_eq!(told.trim_end(), "Ada turned off “Second factor” and “Stated reason” for");
    }
}
