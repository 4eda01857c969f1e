//! The secret that signs what is sent: 24 bytes or more, as they are or as `whsec_` and base64 (Standard Webhooks).

use crate::private_file::{self, NotPrivate};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The fewest bytes of a secret (Standard Webhooks, of symmetric signatures).
const FEWEST: usize = 24;
const LONGEST_FILE: usize = 1024;
const PREFIX: &[u8] = b"whsec_";

/// A secret, wiped from memory when dropped. It has no `Debug` and no `Clone`.
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why there is no secret; each sentence says what to do about it. None repeats what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no file.
    #[error("there is no webhook secret at {0}")]
    Absent(PathBuf),
    /// A symbolic link, a folder or a device.
    #[error("the webhook's secret {0} is not a plain file")]
    NotAFile(PathBuf),
    /// Others than the owner may read or write the file.
    #[error("the webhook's secret {0} may be used by others than its owner; run: chmod 600 {0}")]
    OpenToOthers(PathBuf),
    /// Too short, too long, or `whsec_` with something else than base64 behind it.
    #[error("{0} holds no webhook secret: it needs 24 to 1024 bytes, or whsec_ and base64 of as many")]
    NotASecret(PathBuf),
    /// The system refused.
    #[error("the webhook's secret {0} cannot be read")]
    Io(PathBuf, #[source] std::io::Error),
}

impl Secret {
    /// The secret in the file at `path`.
    ///
    /// # Errors
    /// Where it is not a plain file for its owner alone that holds a secret.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let path = || path.to_owned();
        let bytes = private_file::read(&path(), LONGEST_FILE + 1).map_err(|error| match error {
            NotPrivate::Absent => SecretError::Absent(path()),
            NotPrivate::NotAFile => SecretError::NotAFile(path()),
            NotPrivate::OpenToOthers => SecretError::OpenToOthers(path()),
            NotPrivate::Io(cause) => SecretError::Io(path(), cause),
        })?;
        if bytes.len() > LONGEST_FILE {
            return Err(SecretError::NotASecret(path()));
        }
        Self::parse(&bytes).ok_or_else(|| SecretError::NotASecret(path()))
    }

    /// Reads a secret as a file holds it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        // An editor ends a file with a new line.
        let text = bytes.trim_ascii();
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).ok()?,
            None => text.to_vec(),
        };
        let bytes = Zeroizing::new(bytes);
        (bytes.len() >= FEWEST).then_some(Self(bytes))
    }

    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_secret_stands_there_as_it_is_or_in_base64() {
        let secret = |text: &str| Secret::parse(text.as_bytes()).map(|secret| secret.expose().to_vec());
        assert_eq!(secret("0123456789abcdef01234567\n").as_deref(), Some(&b"0123456789abcdef01234567"[..]));
        let encoded = format!("whsec_{}\n", STANDARD.encode([7; 24]));
        assert_eq!(secret(&encoded), Some(vec![7; 24]));
        for text in ["", "0123456789abcdef0123456", "whsec_?????????????????????????????", "whsec_AAAA"] {
            assert!(secret(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_file_that_others_may_use_or_that_holds_none_is_refused_without_a_word_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let refusal = || Secret::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal().contains("there is no webhook secret"));
        write(&path, "hunter2").unwrap();
        set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(refusal().contains("chmod 600"), "{}", refusal());
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(refusal().contains("24 to 1024 bytes") && !refusal().contains("hunter2"), "{}", refusal());
        write(&path, "x".repeat(1024)).unwrap();
        assert!(Secret::read(&path).is_ok());
        write(&path, "x".repeat(1025)).unwrap();
        assert!(Secret::read(&path).is_err());
    }
}
