//! Names of groups and roles.

use std::fmt;

/// The maximum number of characters.
const LONGEST: usize = 64;

fn fits(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    first && text.len() <= LONGEST && text.bytes().all(plain)
}

macro_rules! short_name {
    ($(#[$doc:meta])* $name:ident, $(#[$bad_doc:meta])* $bad:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        $(#[$bad_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error(
            "{} name has lower-case letters, digits and '-', begins with a letter and has at most 64 characters",
            $what
        )]
        pub struct $bad;

        impl $name {
            /// Parses a name. White space around it and upper case are removed, because people type
            /// them by accident.
            ///
            /// Returns an error if the rest does not have the form of such a name.
            pub fn parse(text: &str) -> Result<Self, $bad> {
                let text = text.trim().to_lowercase();
                if fits(&text) { Ok(Self(text.into())) } else { Err($bad) }
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

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

short_name!(
    /// The name of a group: a lower-case letter, then lower-case letters, digits and `-`; at most
    /// 64 characters.
    GroupName,
    /// The text is not a valid name of a group.
    BadGroupName,
    "a group’s"
);
short_name!(
    /// The name of a role: a lower-case letter, then lower-case letters, digits and `-`; at most 64
    /// characters.
    RoleName,
    /// The text is not a valid name of a role.
    BadRoleName,
    "a role’s"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_name_is_plain_and_in_lower_case() {
        for (typed, name) in [("ops", "ops"), (" On-Call-2 ", "on-call-2")] {
            assert_eq!(GroupName::parse(typed).map(|name| name.to_string()), Ok(name.to_owned()));
        }
        for bad in ["", " ", "2nd", "-a", "a b", "a/b", "a*", "jörg", "a\u{200B}", &"a".repeat(65)] {
            assert_eq!(GroupName::parse(bad), Err(BadGroupName), "{bad:?}");
            assert_eq!(RoleName::parse(bad), Err(BadRoleName), "{bad:?}");
        }
    }
}
