//! A text that must not be seen: no `Debug`, no `Serialize`, wiped from memory when dropped.

use zeroize::Zeroizing;

/// The largest secret value, in bytes.
pub const LONGEST_SECRET: usize = 64 * 1024;

/// A secret value or a password on its way through the program.
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
    /// Nothing was given.
    #[error("a value is needed")]
    Empty,
    /// More than [`LONGEST_SECRET`] bytes.
    #[error("a value may have at most 65,536 bytes")]
    TooLong,
    /// A NUL byte, which PostgreSQL cannot keep and no shell can pass on.
    #[error("a value may not contain a NUL byte")]
    Nul,
}

impl SecretText {
    /// Takes `text` as it is.
    ///
    /// # Errors
    /// Where it is empty, too long, or has a NUL byte.
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

    /// The text itself; each call is a place to review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
