//! Values that are generated instead of typed: what to generate, how hard it is to guess, and drawing it.
//!
//! ```
//! # use doorward::generator::Generator;
//! let generator = Generator::parse("characters:24:luds:0OIl1|").unwrap();
//! assert_eq!(generator.to_string(), "characters:24:luds:0OIl1|");
//! assert!(generator.entropy() > 150.0);
//! ```

mod characters;
mod words;

pub use characters::{Alphabet, BadCharacters, Characters, LOOK_ALIKES};
pub use words::{BadWords, Words};

use crate::{Randomness, SecretText};
use std::fmt;

/// The entropy of an Ed25519 key in bits: an attacker needs about 2^128 steps (RFC 8032, section 5.1).
const OF_A_KEY: f64 = 128.0;

/// How the private part of a key pair is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFormat {
    /// As `ssh-keygen` writes it.
    OpenSsh,
    /// PKCS#8 in PEM, as OpenSSL writes it (RFC 8410).
    Pkcs8,
}

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generator {
    /// Characters that are drawn one by one.
    Characters(Characters),
    /// Words that can be pronounced.
    Words(Words),
    /// An Ed25519 key pair. Its private part is the value.
    KeyPair(KeyFormat),
}

/// The text does not say what to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a generator")]
pub struct BadGenerator;

impl Generator {
    /// Parses what [`Display`](fmt::Display) wrote.
    ///
    /// Returns an error for any other text, and for settings that are out of their limits.
    pub fn parse(text: &str) -> Result<Self, BadGenerator> {
        let (kind, rest) = text.split_once(':').ok_or(BadGenerator)?;
        let read = match (kind, rest) {
            ("characters", rest) => Characters::parse(rest).map(Self::Characters),
            ("words", rest) => rest.parse().ok().and_then(|count| Words::new(count).ok()).map(Self::Words),
            ("key", "openssh") => Some(Self::KeyPair(KeyFormat::OpenSsh)),
            ("key", "pkcs8") => Some(Self::KeyPair(KeyFormat::Pkcs8)),
            _ => None,
        };
        // Each has one spelling.
        read.filter(|read| read.to_string() == text).ok_or(BadGenerator)
    }

    /// Returns the binary logarithm of the number of values, all equally likely, that can be drawn.
    /// For a key pair it is the strength of the key.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        match self {
            Self::Characters(characters) => characters.entropy(),
            Self::Words(words) => words.entropy(),
            Self::KeyPair(_) => OF_A_KEY,
        }
    }

    /// Draws a text. Returns `None` for a key pair, which needs a signature library, and if the
    /// random source gives no usable bytes.
    #[must_use]
    pub fn draw(&self, random: &dyn Randomness) -> Option<SecretText> {
        let text = match self {
            Self::Characters(characters) => characters.draw(random)?,
            Self::Words(words) => words.draw(random),
            Self::KeyPair(_) => return None,
        };
        SecretText::new(text).ok()
    }
}

impl fmt::Display for Generator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Characters(characters) => write!(out, "characters:{characters}"),
            Self::Words(words) => write!(out, "words:{}", words.count()),
            Self::KeyPair(KeyFormat::OpenSsh) => out.write_str("key:openssh"),
            Self::KeyPair(KeyFormat::Pkcs8) => out.write_str("key:pkcs8"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Random bytes that can be drawn again (splitmix64, Steele et al. 2014).
    pub struct Chance(AtomicU64);

    impl Chance {
        pub fn of(seed: u64) -> Self {
            Self(AtomicU64::new(seed))
        }
    }

    impl Randomness for Chance {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let mut word = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *byte = ((word ^ (word >> 31)) >> 32) as u8;
            }
        }
    }

    #[test]
    fn a_generator_is_read_back_from_its_text() {
        for text in
            ["characters:24:luds:0O", "characters:8:l:", "characters:40:ud::;,", "words:4", "key:openssh", "key:pkcs8"]
        {
            assert_eq!(Generator::parse(text).map(|generator| generator.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "words",
            "words:",
            "words:1",
            "words:400",
            "words:+4",
            "key:rsa",
            "characters:24",
            "characters:24:l",
            "characters:7:l:",
            "characters:8::",
            "characters:8:x:",
            "characters:8:ll:",
            "characters:300:l:",
            "characters:9:d:0123456789",
            "characters:9:d:\n",
            "other:1",
        ] {
            assert_eq!(Generator::parse(text), Err(BadGenerator), "{text:?}");
        }
    }
}
