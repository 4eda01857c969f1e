//! Names of secrets.

use std::fmt;

/// The maximum number of characters.
const LONGEST: usize = 128;

/// A secret's name: `[A-Za-z_][A-Za-z0-9_./-]{0,127}`. Programs and dotenv files accept such names;
/// `/` groups them into folders, none of which is empty, `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretName(Box<str>);

/// The text is not a valid secret name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has letters, digits and _ . / -, begins with a letter or _, has at most 128 characters, and no empty part between slashes"
)]
pub struct BadSecretName;

impl SecretName {
    /// Parses a secret name.
    ///
    /// Returns an error if the text does not have the form described at [`SecretName`].
    pub fn parse(text: &str) -> Result<Self, BadSecretName> {
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let rest = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte));
        let parts = text.split('/').all(|part| !matches!(part, "" | "." | ".."));
        (first && rest && parts && text.len() <= LONGEST).then(|| Self(text.into())).ok_or(BadSecretName)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_a_program_can_carry() {
        for good in ["A", "_x", "billing/api-key", "DATABASE_URL", "a.b-c/d_9"] {
            assert_eq!(SecretName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "9a", "/a", "a b", "é", "a\n", "a=b", "-a", "a//b", "a/", "a/../b", "a/./b", &"a".repeat(129)]
        {
            assert_eq!(SecretName::parse(bad), Err(BadSecretName), "{bad:?}");
        }
    }
}
