//! Credentials as texts. A client secret is `dw_`, 256 random bits, and a checksum.
//!
//! The prefix and the checksum let scanners find a leaked secret, and let the server refuse a wrongly
//! typed one without looking it up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::{PublicKey, Randomness, SecretText};
use sha2::{Digest, Sha256};

const PREFIX: &str = "dw_";
const BYTES: usize = 32;
/// The length of the random part, in characters.
const RANDOM: usize = 43;
/// The length of the checksum, in characters.
const CHECKSUM: usize = 6;

/// Makes a client secret and returns it with its hash.
#[must_use]
pub fn new(random: &dyn Randomness) -> (SecretText, String) {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes);
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let text = format!("{text}{}", checksum(&text));
    let hash = hash(&text);
    #[expect(clippy::expect_used, reason = "52 characters are neither empty nor too long")]
    let secret = SecretText::new(text).expect("a client secret is a short text");
    (secret, hash)
}

/// Returns the hash of a client secret, or `None` if the text cannot be one.
#[must_use]
pub fn read(text: &str) -> Option<String> {
    let random = text.strip_prefix(PREFIX)?.get(..RANDOM)?;
    let (before, sum) = text.split_at_checked(PREFIX.len() + RANDOM)?;
    let fits = sum.len() == CHECKSUM && URL_SAFE_NO_PAD.decode(random).is_ok_and(|bytes| bytes.len() == BYTES);
    (fits && sum == checksum(before)).then(|| hash(text))
}

/// What precedes a public key in the column `verifier`. No hash begins so.
const KEY: &str = "ed25519:";

/// Returns what is stored to verify signatures of a key pair.
#[must_use]
pub fn of_key(key: &PublicKey) -> String {
    format!("{KEY}{}", key.spelled())
}

/// The column `verifier` has a key that is none.
#[derive(Debug, thiserror::Error)]
#[error("a stored public key is damaged")]
pub struct DamagedKey;

/// Returns the public key in the column `verifier`, or `None` if the credential is a client secret.
pub fn key_of(verifier: &str) -> Result<Option<PublicKey>, DamagedKey> {
    verifier.strip_prefix(KEY).map(|spelled| PublicKey::read(spelled).ok_or(DamagedKey)).transpose()
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checksum(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(crc32(text.as_bytes()).to_be_bytes())
}

/// CRC-32 as in ISO 3309 and zlib.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;

    #[test]
    fn the_checksum_is_crc32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_client_secret_is_read_back_and_no_typing_error_is() {
        let (secret, hash) = new(&SystemRandomness);
        let text = secret.expose();
        assert!(text.len() == 52 && text.starts_with("dw_"));
        assert_eq!(read(text), Some(hash));
        for (at, _) in text.char_indices() {
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let wrong = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(read(&wrong), None, "place {at}");
        }
        for other in ["", "dw_", &text[..51], &format!("{text}A"), &format!(" {text}"), &"é".repeat(26), &text[3..]] {
            assert_eq!(read(other), None);
        }
    }
}
