//! Vault keys: 32 random bytes each, written as base64 (RFC 4648, section 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::Randomness;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
/// A valid key is shorter than this.
const LONGEST: usize = 100;
/// The most keys that a vault has.
const MOST_KEYS: usize = 32;
/// The most bytes that a list of keys has.
pub(super) const MOST_BYTES: usize = 4096;

/// A 32-byte key, zeroed when dropped. Has no `Debug` and no `Clone`.
pub struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// Wraps the bytes of an existing key.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// Generates a new key.
    #[must_use]
    pub fn generate(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    /// Returns a name for the key that does not reveal it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        let digest = Sha256::new_with_prefix(b"doorward vault key id 1\0").chain_update(self.expose()).finalize();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Appends the key as base64 to `text`, which must have room for it: a buffer that grows leaves
    /// copies in memory.
    pub(super) fn write_to(&self, text: &mut Zeroizing<String>) {
        let encoded = Zeroizing::new(STANDARD.encode(self.expose()));
        text.push_str(&encoded);
    }
}

/// Why a text is no list of keys. No message repeats anything of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    #[error("does not hold a key (32 bytes in base64)")]
    NotAKey,
    #[error("holds the same key twice")]
    Twice,
    #[error("holds more than {MOST_KEYS} keys")]
    TooMany,
}

/// Reads keys that are separated by newlines or commas. There is at least one, and none twice.
pub fn parse(text: &[u8]) -> Result<Vec<Key>, BadKeys> {
    if text.len() >= MOST_BYTES {
        return Err(BadKeys::TooMany);
    }
    let mut keys: Vec<Key> = Vec::new();
    for part in text.trim_ascii().split(|byte| matches!(byte, b'\n' | b',')) {
        let key = decode(part.trim_ascii()).ok_or(BadKeys::NotAKey)?;
        if keys.iter().any(|other| other.expose() == key.expose()) {
            return Err(BadKeys::Twice);
        }
        keys.push(key);
    }
    if keys.len() > MOST_KEYS { Err(BadKeys::TooMany) } else { Ok(keys) }
}

fn decode(text: &[u8]) -> Option<Key> {
    let mut room = Zeroizing::new([0; LONGEST]);
    let length = STANDARD.decode_slice(text, &mut *room).ok()?;
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    (length == KEY_BYTES).then(|| bytes.copy_from_slice(&room[..KEY_BYTES]))?;
    Some(Key(bytes))
}
