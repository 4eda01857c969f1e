//! Environments such as `dev` or `prod`, and the scope in which a permission is held.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The name of an environment: a lower-case letter, then lower-case letters, digits and `-`; at
/// most 32 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Environment(Box<str>);

/// The text is not a valid environment name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an environment's name has lower-case letters, digits and '-', begins with a letter and has at most 32 characters"
)]
pub struct BadEnvironment;

impl Environment {
    /// Parses an environment name.
    ///
    /// Returns an error if the text does not have the form described at [`Environment`].
    pub fn parse(text: &str) -> Result<Self, BadEnvironment> {
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (first && rest && text.len() <= 32).then(|| Self(text.into())).ok_or(BadEnvironment)
    }

    /// Returns the empty name, which nothing has. Lookups for text that is not a name use it.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Box::default())
    }

    /// Returns the name.
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

/// The scope of one permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Every environment, and resources that belong to none.
    Everywhere,
    /// One environment.
    Only(Environment),
}

impl Within {
    /// Returns the scope as it is stored: the environment's name, or `*`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Everywhere => "*",
            Self::Only(environment) => environment.as_str(),
        }
    }

    /// Parses what [`Within::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" { Some(Self::Everywhere) } else { Environment::parse(text).map(Self::Only).ok() }
    }
}

/// The union of all scopes in which a principal holds one permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environments {
    /// Every environment, and resources that belong to none.
    Everywhere,
    /// These environments. The empty set means that the permission is not held at all.
    Only(BTreeSet<Environment>),
}

impl Environments {
    /// Returns whether the permission is not held at all.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Self::Only(environments) if environments.is_empty())
    }

    /// Returns the intersection of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everywhere, scope) | (scope, Self::Everywhere) => scope,
            (Self::Only(these), Self::Only(those)) => Self::Only(&these & &those),
        }
    }
}
