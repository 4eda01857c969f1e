//! The secret that signs webhook requests, in the forms in which webhook secrets are handed out
//! (Standard Webhooks).
//!
//! | in the file | the key |
//! |---|---|
//! | `whsec_…`, `v1,whsec_…` | the bytes that the base64 behind it stands for |
//! | `…` | the same, as the reference libraries read a secret without its prefix |
//! | `raw:…` | the bytes of the text behind it |
//!
//! A text that could be read in two ways is refused, because a wrong guess would fail only at the
//! receiver, without an explanation.

use crate::private_file::{self, NotPrivate};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The minimum size of a secret in bytes (Standard Webhooks, symmetric signatures).
const FEWEST: usize = 24;
const LONGEST_FILE: usize = 1024;
/// Marks base64. A version such as `v1,` may stand before it.
const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";
/// Marks text that is used as the key unchanged.
const RAW: &str = "raw:";
/// Prefixes of keys for asymmetric signatures, which are not supported.
const ASYMMETRIC: [&str; 2] = ["whsk_", "whpk_"];

/// The standard alphabet, as in the reference libraries, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret, zeroed when dropped. Has no `Debug` and no `Clone`.
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why there is no secret. Each message says what to do about it, and none repeats the file's
/// content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("there is no webhook secret at {0}")]
    Absent(PathBuf),
    #[error("the webhook's secret {0} is not a plain file")]
    NotAFile(PathBuf),
    #[error("the webhook's secret {0} may be used by others than its owner; run: chmod 600 {0}")]
    OpenToOthers(PathBuf),
    #[error("{0} holds no webhook secret: {1}")]
    NotASecret(PathBuf, BadSecret),
    #[error("the webhook's secret {0} cannot be read")]
    Io(PathBuf, #[source] std::io::Error),
}

/// Why a text is not a valid secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    #[error("it is longer than 1024 bytes")]
    Long,
    #[error("it needs 24 to 1024 bytes once it is decoded; write whsec_ and base64 of them, or raw: and a text")]
    Short,
    #[error("the text after whsec_ is not base64 (the standard alphabet, with + and /)")]
    NotBase64,
    #[error(
        "it begins with neither whsec_ nor raw: and is not base64; write raw: before a text that is used as the key unchanged"
    )]
    Unclear,
    #[error(
        "it could be hexadecimal or base64; write whsec_ before it if receivers decode it as base64 (Standard Webhooks), \
         or raw: if they take the text as it is"
    )]
    Ambiguous,
    #[error("it is a key for asymmetric signatures; notices are signed by a secret that both sides have (whsec_)")]
    Asymmetric,
}

impl Secret {
    /// Reads the secret in the file at `path`.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let path = || path.to_owned();
        let bytes = private_file::read(&path(), LONGEST_FILE + 1).map_err(|error| match error {
            NotPrivate::Absent => SecretError::Absent(path()),
            NotPrivate::NotAFile => SecretError::NotAFile(path()),
            NotPrivate::OpenToOthers => SecretError::OpenToOthers(path()),
            NotPrivate::Io(cause) => SecretError::Io(path(), cause),
        })?;
        Self::parse(&bytes).map_err(|bad| SecretError::NotASecret(path(), bad))
    }

    /// Parses the content of a secret file.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadSecret> {
        if bytes.len() > LONGEST_FILE {
            return Err(BadSecret::Long);
        }
        // Editors end a file with a newline.
        let key = Zeroizing::new(key(bytes.trim_ascii())?);
        if key.len() < FEWEST { Err(BadSecret::Short) } else { Ok(Self(key)) }
    }

    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

fn key(text: &[u8]) -> Result<Vec<u8>, BadSecret> {
    if let Some(raw) = text.strip_prefix(RAW.as_bytes()) {
        return Ok(raw.to_vec());
    }
    let text = std::str::from_utf8(text).map_err(|_| BadSecret::Unclear)?;
    if ASYMMETRIC.iter().any(|prefix| text.starts_with(prefix)) {
        return Err(BadSecret::Asymmetric);
    }
    let unversioned = text.strip_prefix(VERSION).unwrap_or(text);
    if let Some(encoded) = unversioned.strip_prefix(PREFIX) {
        return BASE64.decode(encoded).map_err(|_| BadSecret::NotBase64);
    }
    let decoded = BASE64.decode(text).map_err(|_| BadSecret::Unclear)?;
    let hexadecimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal { Err(BadSecret::Ambiguous) } else { Ok(decoded) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    fn secret(text: &str) -> Result<Vec<u8>, BadSecret> {
        Secret::parse(text.as_bytes()).map(|secret| secret.expose().to_vec())
    }

    #[test]
    fn a_secret_is_read_in_the_forms_in_which_it_is_handed_out() {
        let encoded = BASE64.encode([7; 32]);
        let unpadded = encoded.trim_end_matches('=');
        for text in [
            encoded.clone(),
            unpadded.to_owned(),
            format!("whsec_{encoded}"),
            format!("whsec_{unpadded}\r\n"),
            format!("v1,whsec_{encoded}\n"),
        ] {
            assert_eq!(secret(&text), Ok(vec![7; 32]), "{text}");
        }
        assert_eq!(secret("raw:0123456789abcdef01234567\n").as_deref(), Ok(&b"0123456789abcdef01234567"[..]));
        assert_eq!(secret(&format!("raw:whsec_{encoded}")), Ok(format!("whsec_{encoded}").into_bytes()));
    }

    #[test]
    fn a_secret_that_could_mean_two_things_is_refused() {
        let hexadecimal = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        for (text, why) in [
            ("", BadSecret::Short),
            ("raw:0123456789abcdef0123456", BadSecret::Short),
            ("whsec_AAAA", BadSecret::Short),
            ("whsec_", BadSecret::Short),
            ("whsec_?????????????????????????????", BadSecret::NotBase64),
            ("v1,whsec_a plain text of some length", BadSecret::NotBase64),
            ("whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadSecret::NotBase64),
            ("whsec_-_KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadSecret::NotBase64),
            ("a plain text of some length", BadSecret::Unclear),
            ("v1,MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadSecret::Unclear),
            ("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", BadSecret::Unclear),
            (hexadecimal, BadSecret::Ambiguous),
            (
                "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
                BadSecret::Asymmetric,
            ),
        ] {
            assert_eq!(secret(text), Err(why), "{text}");
        }
        assert_eq!(secret(&format!("raw:{hexadecimal}")), Ok(hexadecimal.as_bytes().to_vec()));
    }

    /// Unsafe: others may read it, or it holds no secret.
    #[test]
    fn an_unsafe_webhook_secret_file_is_refused_and_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let refusal = || Secret::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal().contains("there is no webhook secret"));
        write(&path, "hunter2").unwrap();
        set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(refusal().contains("chmod 600"), "{}", refusal());
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(refusal().contains("raw:") && !refusal().contains("hunter2"), "{}", refusal());
        write(&path, format!("raw:{}", "x".repeat(1020))).unwrap();
        assert!(Secret::read(&path).is_ok());
        write(&path, format!("raw:{}", "x".repeat(1021))).unwrap();
        assert!(refusal().contains("longer than 1024 bytes"), "{}", refusal());
    }
}
