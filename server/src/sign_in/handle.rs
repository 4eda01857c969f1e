//! Session handles: 256 random bits in the browser's cookie. The server stores only their hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::guard::HandleHash;
use doorward::{Randomness, SecretText};
use sha2::{Digest, Sha256};

const BYTES: usize = 32;
/// The length of a handle in its cookie, in characters.
const LENGTH: usize = 43;

/// Creates a handle and returns it with its hash.
#[must_use]
pub fn new(random: &dyn Randomness) -> (SecretText, HandleHash) {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes);
    let text = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash(&text);
    #[expect(clippy::expect_used, reason = "43 characters are neither empty nor too long")]
    let handle = SecretText::new(text).expect("a handle is a short text");
    (handle, hash)
}

/// Returns the hash of a cookie's value, or `None` if the value cannot be a handle.
#[must_use]
pub fn read(cookie: &str) -> Option<HandleHash> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    (cookie.len() == LENGTH && bytes.len() == BYTES).then(|| hash(cookie))
}

fn hash(text: &str) -> HandleHash {
    HandleHash(Sha256::digest(text.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandomness;

    #[test]
    fn a_handle_is_read_back_and_nothing_else_is() {
        let (handle, hash) = new(&SystemRandomness);
        assert!(read(handle.expose()) == Some(hash));
        let doubled = handle.expose().repeat(2);
        for other in ["", "a", &handle.expose()[1..], &doubled, "....", &"é".repeat(43)] {
            assert!(read(other).is_none());
        }
    }
}
