//! Environments, and where a permission is held.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The name of an environment: lower-case letters, digits and `-`, at most 32, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(Box<str>);

/// A text that cannot name an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an environment's name has lower-case letters, digits and '-', begins with a letter and has at most 32 characters"
)]
pub struct BadEnvironment;

impl Environment {
    /// Reads an environment's name.
    ///
    /// # Errors
    /// Any text that is not such a name.
    pub fn parse(text: &str) -> Result<Self, BadEnvironment> {
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (first && rest && text.len() <= 32).then(|| Self(text.into())).ok_or(BadEnvironment)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<String> for Environment {
    type Error = BadEnvironment;
    fn try_from(text: String) -> Result<Self, BadEnvironment> {
        Self::parse(&text)
    }
}

impl From<Environment> for String {
    fn from(environment: Environment) -> Self {
        environment.0.into()
    }
}

/// Where a permission is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// In every environment, and for what belongs to none.
    Everywhere,
    /// In this one.
    Only(Environment),
}

impl Within {
    /// The place as rows spell it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Everywhere => "*",
            Self::Only(environment) => environment.as_str(),
        }
    }

    /// Reads what [`Within::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" { Some(Self::Everywhere) } else { Environment::parse(text).map(Self::Only).ok() }
    }
}

/// All the places where one permission is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environments {
    /// Every environment, and what belongs to none.
    Everywhere,
    /// These environments; where there are none, nothing.
    Only(BTreeSet<Environment>),
}

impl Environments {
    /// Whether that is nowhere at all.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Self::Only(environments) if environments.is_empty())
    }

    /// What both reach.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everywhere, scope) | (scope, Self::Everywhere) => scope,
            (Self::Only(these), Self::Only(those)) => Self::Only(&these & &those),
        }
    }
}
