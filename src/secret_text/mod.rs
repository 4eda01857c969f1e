//! Secret values, passwords and files in memory: no `Debug`, no `Serialize`, zeroed when dropped.

pub mod generator;

use zeroize::Zeroizing;

/// The maximum size of a secret value in bytes.
pub const LONGEST_SECRET: usize = 64 * 1024;

/// A secret value or a password.
///
/// ```compile_fail,E0277
/// # use doorward::SecretText;
/// let text = SecretText::new("hunter2".to_owned()).unwrap();
/// println!("{text:?}");
/// ```
/// ```compile_fail,E0277
/// # use doorward::SecretText;
/// fn send(text: SecretText) -> impl serde::Serialize {
///     text
/// }
/// ```
/// ```
/// # use doorward::SecretText;
/// let text = SecretText::new("hunter2".to_owned()).unwrap();
/// println!("{}", text.expose().len());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

/// Why a text cannot be a secret value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretTextError {
    /// The text is empty.
    #[error("a value is needed")]
    Empty,
    /// The text has more than [`LONGEST_SECRET`] bytes.
    #[error("a value may have at most 65,536 bytes")]
    TooLong,
    /// The text contains a NUL byte, which PostgreSQL cannot store and no shell can pass on.
    #[error("a value may not contain a NUL byte")]
    Nul,
}

impl SecretText {
    /// Wraps `text` unchanged.
    ///
    /// Returns an error if the text is empty, too long, or contains a NUL byte.
    pub fn new(text: String) -> Result<Self, SecretTextError> {
        let text = Zeroizing::new(text);
        if text.is_empty() {
            Err(SecretTextError::Empty)
        } else if text.len() > LONGEST_SECRET {
            Err(SecretTextError::TooLong)
        } else if text.contains('\0') {
            Err(SecretTextError::Nul)
        } else {
            Ok(Self(text))
        }
    }

    /// Returns the text. Review each call: the value must not reach a log, an error or a URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The maximum size of a secret file in bytes: 1 MiB.
pub const LARGEST_SECRET_FILE: usize = 1024 * 1024;

/// The content of a secret file, or any other value as bytes.
///
/// ```compile_fail,E0277
/// # use doorward::SecretBytes;
/// let bytes = SecretBytes::new(vec![1]).unwrap();
/// println!("{bytes:?}");
/// ```
/// ```compile_fail,E0277
/// # use doorward::SecretBytes;
/// fn send(bytes: SecretBytes) -> impl serde::Serialize {
///     bytes
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

/// Why bytes cannot be a secret value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretBytesError {
    /// There are no bytes.
    #[error("this file is empty")]
    Empty,
    /// There are more than [`LARGEST_SECRET_FILE`] bytes.
    #[error("a file may have at most 1,048,576 bytes (1 MiB)")]
    TooLong,
}

impl SecretBytes {
    /// Wraps `bytes` unchanged.
    ///
    /// Returns an error if there are none or too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretBytesError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() {
            Err(SecretBytesError::Empty)
        } else if bytes.len() > LARGEST_SECRET_FILE {
            Err(SecretBytesError::TooLong)
        } else {
            Ok(Self(bytes))
        }
    }

    /// Returns the bytes. Review each call: the value must not reach a log, an error or a URL.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes as a text, or `None` if they are not UTF-8.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<SecretText> for SecretBytes {
    fn from(text: SecretText) -> Self {
        Self(Zeroizing::new(text.expose().as_bytes().to_vec()))
    }
}
