//! The kinds of secrets, and what may be seen of a value by whoever may see the secret.

use doorward::{SecretBytes, SecretText, TimeSpan, Timestamp};
use serde::{Deserialize, Serialize};

/// What a secret is. All its versions are of the same kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretKind {
    #[default]
    Text,
    /// Names with a value each.
    KeyValue,
    File,
    /// A certificate in PEM, with or without its private key.
    Certificate,
}

impl SecretKind {
    pub const ALL: [Self; 4] = [Self::Text, Self::KeyValue, Self::File, Self::Certificate];

    /// Returns the word in addresses, in forms and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::KeyValue => "key-value",
            Self::File => "file",
            Self::Certificate => "certificate",
        }
    }

    /// Parses what [`SecretKind::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns what people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::KeyValue => "Key-value",
            Self::File => "File",
            Self::Certificate => "Certificate",
        }
    }
}

/// The longest name of a file, in bytes: what file systems take.
const LONGEST_FILE_NAME: usize = 255;

/// The name of a secret file: no path, and no character that a screen or a shell could misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFileName(String);

/// Why a text is not the name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFileName {
    #[error("this file has no name")]
    Empty,
    #[error("a file's name may have at most 255 bytes")]
    TooLong,
    #[error("a file's name may not have /, \\, control characters or invisible characters")]
    BadCharacter,
}

impl SecretFileName {
    /// Parses a name. Blanks around it are left out.
    pub fn parse(text: &str) -> Result<Self, BadFileName> {
        let name = text.trim();
        if name.is_empty() || name.bytes().all(|byte| byte == b'.') {
            Err(BadFileName::Empty)
        } else if name.len() > LONGEST_FILE_NAME {
            Err(BadFileName::TooLong)
        } else if name.chars().any(is_bad) {
            Err(BadFileName::BadCharacter)
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Path separators, control characters, and characters that hide others or turn them around.
fn is_bad(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '/' | '\\' | '\u{ad}' | '\u{feff}' | '\u{fffd}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// A value as it was sent.
pub enum GivenValue {
    Text(SecretText),
    File(SecretFileName, SecretBytes),
}

impl GivenValue {
    /// Returns the text, unless it is a file.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.expose()),
            Self::File(..) => None,
        }
    }

    /// Returns the number of bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.expose().len(),
            Self::File(_, bytes) => bytes.expose().len(),
        }
    }
}

/// A value that was decrypted. Has no `Debug`.
pub struct OpenedValue {
    pub kind: SecretKind,
    pub value: SecretBytes,
    /// The name of a file.
    pub file_name: Option<SecretFileName>,
}

impl OpenedValue {
    /// Returns the value as a text, unless it is a file.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.value.as_text().filter(|_| self.kind != SecretKind::File)
    }
}

/// What a certificate says about itself. The private key is not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    /// In hexadecimal.
    pub serial: String,
    /// The names that it is valid for.
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// For example `RSA, 2048 bits`.
    pub key_type: String,
    /// The number of certificates, with those of the issuers.
    pub certificates: usize,
    /// Whether its private key is part of the value.
    pub has_private_key: bool,
}

/// What may be seen of a value by whoever may see the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutValue {
    pub file_name: Option<SecretFileName>,
    /// The number of names in a key-value secret.
    pub pairs: Option<i64>,
    pub certificate: Option<Certificate>,
}

/// Why a value is not one of the secret's kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct BadValue {
    /// The field of the form.
    pub field: &'static str,
    /// A sentence without any part of a value.
    pub reason: String,
}

/// Says when a certificate ends, for example `Expires in 12 days`.
#[must_use]
pub fn expiry_in_words(ends: Timestamp, now: Timestamp) -> String {
    let day = TimeSpan::hours(24).0;
    let count = |days: i64| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let left = ends.0 - now.0;
    match (left >= 0, left.abs() / day) {
        (true, 0) => "Expires today".to_owned(),
        (true, days) => format!("Expires in {}", count(days)),
        (false, 0) => "Expired today".to_owned(),
        (false, days) => format!("Expired {} ago", count(days)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_name_is_a_name_and_no_path() {
        for good in ["id_rsa", "a b.pem", "Schlüssel.p12", "..a", ".env", "日本.key", "a\"b'c", "<textarea><script>"]
        {
            assert!(SecretFileName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            " ",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "a\0",
            "a\nb",
            "a\u{202e}b",
            "\u{feff}a",
            "a\u{7f}",
            "</script>",
        ] {
            assert!(SecretFileName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(SecretFileName::parse(&"x".repeat(255)).is_ok() && SecretFileName::parse(&"x".repeat(256)).is_err());
    }

    proptest! {
        #[test]
        fn no_accepted_file_name_leaves_its_folder(text in ".*") {
            if let Ok(name) = SecretFileName::parse(&text) {
                let path = std::path::Path::new(name.as_str());
                prop_assert_eq!(path.components().count(), 1);
                prop_assert_eq!(path.file_name().and_then(|name| name.to_str()), Some(name.as_str()));
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn an_expiry_is_said_in_days() {
        let (day, now) = (24 * 3_600_000, Timestamp(1_795_387_571_000));
        let said = |after: i64| expiry_in_words(Timestamp(now.0 + after), now);
        assert_eq!(said(12 * day + 5), "Expires in 12 days");
        assert_eq!(said(day), "Expires in 1 day");
        assert_eq!(said(day - 1), "Expires today");
        assert_eq!(said(-1), "Expired today");
        assert_eq!(said(-3 * day), "Expired 3 days ago");
    }

    #[test]
    fn a_kind_is_read_as_it_was_written() {
        for kind in SecretKind::ALL {
            assert_eq!(SecretKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(SecretKind::parse("Text"), None);
    }
}
