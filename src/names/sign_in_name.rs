//! Names by which identities sign in.

use std::fmt;

/// The maximum number of characters.
const LONGEST: usize = 64;

/// A sign-in name: 1 to 64 of the letters `a` to `z`, digits, and `-_.@`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignInName(Box<str>);

/// The text is not a valid sign-in name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sign-in name may have letters, digits and - _ . @, and at most 64 characters")]
pub struct BadSignInName;

impl SignInName {
    /// Parses a sign-in name. White space around it and upper case are removed, because people type
    /// them by accident.
    ///
    /// Returns an error if the rest does not have the form described at [`SignInName`].
    pub fn parse(text: &str) -> Result<Self, BadSignInName> {
        let text = text.trim().to_lowercase();
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_.@".contains(letter);
        let fits = !text.is_empty() && text.len() <= LONGEST && text.chars().all(plain);
        if fits { Ok(Self(text.into())) } else { Err(BadSignInName) }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SignInName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_name_is_plain_and_in_lower_case() {
        for (typed, name) in
            [("ada", "ada"), (" Ada.Moreau@example.com ", "ada.moreau@example.com"), ("a-b_c9", "a-b_c9")]
        {
            assert_eq!(SignInName::parse(typed).map(|name| name.to_string()), Ok(name.to_owned()));
        }
        for bad in ["", " ", "ada moreau", "jörg", "a\u{200B}", "a/b", &"a".repeat(65)] {
            assert_eq!(SignInName::parse(bad), Err(BadSignInName), "{bad:?}");
        }
    }
}
