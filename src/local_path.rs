//! Redirect targets: a path on this site that no browser can read as another site.

use std::fmt;

/// A path on this site, with its query.
///
/// Redirects accept only this type, so an open redirect cannot be written. The text is kept as
/// given: it is never decoded, so it cannot be decoded twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(Box<str>);

/// The text is not a path on this site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address on this site")]
pub struct BadLocalPath;

/// Enough for the ids of a hundred things in a query.
const LONGEST: usize = 4096;

impl LocalPath {
    /// Returns the start page's path.
    #[must_use]
    pub fn home() -> Self {
        Self("/".into())
    }

    /// Parses a path. It must be printable ASCII, begin with a single `/`, and have no `\`, no
    /// `//`, no `.` or `..` segment and no fragment. Percent-encodings of any of those in the path
    /// are refused as well, and so are doubled ones (`%252f`).
    ///
    /// Returns an error for any other text.
    pub fn parse(text: &str) -> Result<Self, BadLocalPath> {
        let path = text.split('?').next().unwrap_or_default();
        let plain = text.len() <= LONGEST
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#\"<>^`{|}".contains(&byte));
        let rooted = path.starts_with('/') && !path.contains("//");
        let normalized = path.split('/').all(|segment| segment != "." && segment != "..");
        if plain && rooted && normalized && escapes_are_harmless(path) && escapes_are_whole(text) {
            Ok(Self(text.into()))
        } else {
            Err(BadLocalPath)
        }
    }

    /// Returns the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path percent-encoded, for use as the value of a query parameter.
    #[must_use]
    pub fn escaped(&self) -> String {
        self.0.bytes().fold(String::new(), |mut text, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                text.push(byte as char);
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
            text
        })
    }
}

/// Returns whether no escape in the path decodes to `/`, `\`, `.`, `%` or a control character,
/// however often it is decoded.
fn escapes_are_harmless(path: &str) -> bool {
    path.match_indices('%').all(|(position, _)| {
        let byte = path.get(position + 1..position + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        byte.is_some_and(|byte| byte > b' ' && byte != 0x7f && !b"/\\.%".contains(&byte))
    })
}

fn escapes_are_whole(text: &str) -> bool {
    text.match_indices('%')
        .all(|(at, _)| text.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

impl fmt::Display for LocalPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_on_this_site_is_kept_as_it_is() {
        for good in
            ["/", "/secrets", "/secrets?environment=dev&page=2", "/secrets?name=a%2Fb", "/a/b-c_d.e~f", "/n%C3%A9"]
        {
            assert_eq!(LocalPath::parse(good).map(|path| path.to_string()), Ok(good.to_owned()));
        }
    }

    #[test]
    fn nothing_that_could_leave_the_site_is_an_address() {
        for bad in [
            "",
            "secrets",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a//evil.example",
            "https://evil.example",
            "https:/evil.example",
            "javascript:alert(1)",
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%252fevil.example",
            "/%09/evil.example",
            "/..//evil",
            "/../evil",
            "/a/../../evil",
            "/./evil",
            "/%2e%2e/evil",
            "/%",
            "/%2",
            "/?next=%",
            "/a#b",
            "/é",
            " /a",
            "/a b",
            "/\u{0}",
            "/a?b=\r\nSet-Cookie:x",
            "/\u{ff0f}evil.example",
            "@evil.example",
            "/a?<script>",
        ] {
            assert_eq!(LocalPath::parse(bad), Err(BadLocalPath), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_parsed_begins_on_this_site(text in "[/\\\\a-z%2fF5cC.:?#\\t@]{0,24}") {
            if let Ok(path) = LocalPath::parse(&text) {
                let text = path.as_str();
                prop_assert!(text.starts_with('/') && !text[1..].starts_with(['/', '\\']));
                prop_assert!(!text.contains(['\\', '\t', '#']));
            }
        }
    }
}
