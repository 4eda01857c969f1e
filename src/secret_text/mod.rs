//! Secret values and passwords in memory: no `Debug`, no `Serialize`, zeroed when dropped.

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
