//! A log's name and keys. Other tools for transparency logs call the keys *vkey* and *skey* (C2SP
//! signed-note, <https://c2sp.org/signed-note>).

use crate::Randomness;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The signature type of Ed25519, which is the first byte of an encoded key.
const ED25519: u8 = 1;
/// The prefix of a secret key's text, which distinguishes it from a public key.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The name of a log and of its signing key, such as `ledger.example.com/2026`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogName(Box<str>);

/// The text is not a valid log name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log's name has 1 to 255 bytes, and no blank, no '+' and no control character")]
pub struct BadLogName;

impl LogName {
    /// The maximum length in bytes. Witnesses sign no longer names.
    pub const LONGEST: usize = 255;

    /// Parses a log's name.
    ///
    /// Returns an error if the text cannot be part of a note's signature line.
    pub fn parse(text: &str) -> Result<Self, BadLogName> {
        let fits = !text.is_empty() && text.len() <= Self::LONGEST;
        let refused = |letter: char| letter == '+' || letter.is_whitespace() || letter.is_control();
        (fits && !text.contains(refused)).then(|| Self(text.into())).ok_or(BadLogName)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The text is not an encoded key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the text of a key")]
pub struct BadKey;

/// Identifies a key among others with the same name. It is neither secret nor a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyId(pub(super) [u8; 4]);

impl KeyId {
    /// Computes `SHA-256(name || 0x0A || type || public key)[:4]`.
    fn of(name: &LogName, key: &VerifyingKey) -> Self {
        let hash =
            Sha256::new().chain_update(name.as_str()).chain_update([b'\n', ED25519]).chain_update(key.as_bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// Encodes a key: `name+id+base64(type || key)`.
fn key_text(name: &LogName, id: KeyId, key: &[u8; 32]) -> Zeroizing<String> {
    let typed = Zeroizing::new([&[ED25519], key.as_slice()].concat());
    let spelled = Zeroizing::new(STANDARD.encode(&*typed));
    Zeroizing::new(format!("{name}+{id}+{}", *spelled))
}

/// Decodes what [`key_text`] returned. The caller checks the id, because it depends on the public
/// key.
fn read_key(text: &str) -> Result<(LogName, Zeroizing<[u8; 32]>), BadKey> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(BadKey) };
    let name = LogName::parse(name).map_err(|_| BadKey)?;
    let typed = Zeroizing::new(STANDARD.decode(key).map_err(|_| BadKey)?);
    match typed.split_first() {
        Some((&ED25519, key)) => Ok((name, Zeroizing::new(key.try_into().map_err(|_| BadKey)?))),
        _ => Err(BadKey),
    }
}

/// The secret key of a log. Anybody who has it can sign a different history of that log.
pub struct Signer {
    pub(super) key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// Generates a key for the log with this name.
    #[must_use]
    pub fn generate(name: LogName, random: &dyn Randomness) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        random.fill(&mut *seed);
        Self::new(name, &seed)
    }

    fn new(name: LogName, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let verifier = Verifier { id: KeyId::of(&name, &key.verifying_key()), name, key: key.verifying_key() };
        Self { key, verifier }
    }

    /// Parses what [`Signer::secret_text`] returned: `PRIVATE+KEY+name+id+base64(0x01 || seed)`,
    /// the format of Go's `golang.org/x/mod/sumdb/note`.
    ///
    /// Returns an error for any other text.
    pub fn from_secret_text(text: &str) -> Result<Self, BadKey> {
        let (name, seed) = read_key(text.strip_prefix(PRIVATE).ok_or(BadKey)?)?;
        let signer = Self::new(name, &seed);
        (*signer.secret_text() == text).then_some(signer).ok_or(BadKey)
    }

    /// Encodes the secret key. Store the text where nobody else can read it.
    #[must_use]
    pub fn secret_text(&self) -> Zeroizing<String> {
        let Verifier { name, id, .. } = &self.verifier;
        Zeroizing::new(PRIVATE.to_owned() + &key_text(name, *id, self.key.as_bytes()))
    }

    /// Returns the public key.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Signer").field(&self.verifier).finish()
    }
}

/// The public key of a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    pub(super) name: LogName,
    pub(super) id: KeyId,
    pub(super) key: VerifyingKey,
}

impl Verifier {
    /// Parses a key as [`Display`](fmt::Display) formats it: `name+id+base64(0x01 || public key)`,
    /// also called a *vkey*.
    ///
    /// Returns an error for any other text, and if the id does not match the name and key.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let (name, key) = read_key(text)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| BadKey)?;
        let verifier = Self { id: KeyId::of(&name, &key), name, key };
        (verifier.to_string() == text).then_some(verifier).ok_or(BadKey)
    }

    /// Returns the name of the log that the key signs for.
    #[must_use]
    pub const fn name(&self) -> &LogName {
        &self.name
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&key_text(&self.name, self.id, self.key.as_bytes()))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    // The keys of Go's golang.org/x/mod/sumdb/note, so that both understand each other.
    pub const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    pub const PETERS_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    pub struct Sevens;
    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    /// Some key of the log of that name.
    pub fn signer(name: &str) -> Signer {
        Signer::generate(LogName::parse(name).unwrap(), &Sevens)
    }

    #[test]
    fn a_new_key_is_read_back_from_its_texts() {
        let signer = signer("ledger.example.com/a");
        let again = Signer::from_secret_text(&signer.secret_text()).unwrap();
        assert_eq!(again.verifier(), signer.verifier());
        assert_eq!(again.secret_text(), signer.secret_text());
        assert_eq!(Verifier::parse(&signer.verifier().to_string()), Ok(signer.verifier().clone()));
    }

    /// Checked against a published pair of keys.
    #[test]
    fn the_public_key_belongs_to_the_secret_one() {
        let signer = Signer::from_secret_text(PETERS_SECRET).unwrap();
        assert_eq!(signer.verifier().to_string(), PETER);
        assert_eq!(*signer.secret_text(), PETERS_SECRET);
    }

    #[test]
    fn no_debug_shows_a_secret_key() {
        let signer = Signer::from_secret_text(PETERS_SECRET).unwrap();
        assert_eq!(format!("{signer:?}"), format!("Signer({PETER})"));
    }

    #[test]
    fn a_key_has_one_spelling() {
        for key in [PETER, PETERS_SECRET] {
            let read = |text: &str| {
                if key == PETER { Verifier::parse(text).is_ok() } else { Signer::from_secret_text(text).is_ok() }
            };
            assert!(read(key));
            for start in 0..key.len() {
                for end in start..=key.len() {
                    assert!((start, end) == (0, key.len()) || !read(&key[start..end]), "{}", &key[start..end]);
                }
            }
            for place in 0..key.len() {
                let mut changed = key.as_bytes().to_vec();
                changed[place] += 1;
                let changed = String::from_utf8(changed).unwrap();
                assert!(!read(&changed), "{changed}");
            }
            assert!(!read(&key.replace("c74f20a3", "C74F20A3")));
            assert!(!read(&format!("{key}\n")));
        }
        // A key of another length, and one of another type, with ids that fit.
        let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
        let other = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert!([long, other].into_iter().all(|key| Verifier::parse(key) == Err(BadKey)));
    }

    #[test]
    fn a_name_stands_in_one_line_and_in_one_word() {
        let longest = "a".repeat(LogName::LONGEST);
        let longer = "a".repeat(LogName::LONGEST + 1);
        for good in ["a", "ledger.example.com/2026", "λ", &longest] {
            assert!(LogName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2003}", "\u{7f}", &longer] {
            assert_eq!(LogName::parse(bad), Err(BadLogName), "{bad:?}");
        }
    }
}
