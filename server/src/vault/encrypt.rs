//! Encryption of values with AES-256-GCM-SIV (RFC 8452), which stays secure even if a nonce is
//! repeated.

use aes_gcm_siv::aead::Aead as _;
use aes_gcm_siv::aead::Payload;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use doorward::{Randomness, SecretText};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::vault::Key;

const NONCE_BYTES: usize = 12;

/// What a value is bound to when it is encrypted. It can be decrypted only for the same binding.
pub trait Binds {
    /// The associated data: the kind of value, then each part with its length in front, so that no
    /// two bindings give the same bytes.
    fn associated_data(&self) -> Vec<u8>;
}

fn bytes_of(kind: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut data = kind.to_vec();
    for part in parts {
        data.extend((part.len() as u64).to_be_bytes());
        data.extend(*part);
    }
    data
}

/// Binds a secret's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The secret's id.
    pub secret: &'a str,
    /// The version of its value.
    pub version: i64,
    /// The environment of the secret.
    pub environment: &'a str,
}

impl Binds for Binding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let version = self.version.to_be_bytes();
        bytes_of(b"doorward secret value 1", &[self.secret.as_bytes(), &version, self.environment.as_bytes()])
    }
}

/// Binds the shared secret of an identity's authenticator app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneTimeBinding<'a> {
    /// The identity's id.
    pub identity: &'a str,
}

impl Binds for OneTimeBinding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        bytes_of(b"doorward one-time secret 1", &[self.identity.as_bytes()])
    }
}

/// An encrypted value as the database stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The key that encrypted it; see [`Vault::key_id`].
    pub key_id: String,
    /// 12 random bytes.
    pub nonce: Vec<u8>,
    /// The encrypted value, followed by the 16-byte authentication tag.
    pub ciphertext: Vec<u8>,
}

/// Why an encrypted value cannot be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(
        "the value was encrypted with the key {sealed_by}, but the vault's key is {have}; start with the key file that was used then"
    )]
    OtherKey {
        /// The id of the key that the value was encrypted with.
        sealed_by: String,
        /// The id of the vault's key.
        have: String,
    },
    #[error("the encrypted value was changed, or belongs to another record")]
    NotAuthentic,
}

/// Encrypts and decrypts values with one key. Has no `Debug`.
pub struct Vault {
    cipher: Aes256GcmSiv,
    key_id: String,
    known_browsers: Zeroizing<[u8; 32]>,
}

impl Vault {
    /// Creates a vault that uses `key`.
    #[must_use]
    pub fn new(key: Key) -> Self {
        let digest = Sha256::new_with_prefix(b"doorward vault key id 1\0").chain_update(key.expose()).finalize();
        let key_id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let known_browsers = derived(key.expose(), b"doorward known browsers 1");
        Self { cipher: Aes256GcmSiv::new(key.expose().into()), key_id, known_browsers }
    }

    /// Returns the key that authenticates the cookies of known browsers. It is used for nothing
    /// else.
    #[must_use]
    pub fn known_browser_key(&self) -> &Zeroizing<[u8; 32]> {
        &self.known_browsers
    }

    /// Returns a name for the key that does not reveal it: 16 hexadecimal digits.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Encrypts `plain` so that it can be decrypted only for the same binding.
    #[must_use]
    #[expect(clippy::expect_used, reason = "it fails only above 2^36 bytes, and a SecretText has at most 2^16")]
    pub fn seal(&self, about: &impl Binds, plain: &SecretText, random: &dyn Randomness) -> Sealed {
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let payload = Payload { msg: plain.expose().as_bytes(), aad: &about.associated_data() };
        let ciphertext = self.cipher.encrypt(&Nonce::from(nonce), payload).expect("a secret is short enough to seal");
        Sealed { key_id: self.key_id.clone(), nonce: nonce.to_vec(), ciphertext }
    }

    /// Decrypts what [`Self::seal`] encrypted for the same binding.
    pub fn open(&self, about: &impl Binds, sealed: &Sealed) -> Result<SecretText, SealError> {
        if !bool::from(sealed.key_id.as_bytes().ct_eq(self.key_id.as_bytes())) {
            return Err(SealError::OtherKey { sealed_by: shown(&sealed.key_id), have: self.key_id.clone() });
        }
        let nonce = <[u8; NONCE_BYTES]>::try_from(sealed.nonce.as_slice()).map_err(|_| SealError::NotAuthentic)?;
        let payload = Payload { msg: &sealed.ciphertext, aad: &about.associated_data() };
        let plain = self.cipher.decrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::NotAuthentic)?;
        into_text(plain)
    }
}

/// Derives a key for one purpose: HMAC-SHA-256 of the purpose's label.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn derived(key: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes").chain_update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn into_text(plain: Vec<u8>) -> Result<SecretText, SealError> {
    let text = String::from_utf8(plain).map_err(|error| {
        error.into_bytes().zeroize();
        SealError::NotAuthentic
    })?;
    SecretText::new(text).map_err(|_| SealError::NotAuthentic)
}

/// Shortens and cleans a key id from the database for use in a message.
fn shown(key_id: &str) -> String {
    key_id.chars().filter(char::is_ascii_alphanumeric).take(16).collect()
}

#[cfg(test)]
mod tests {
    use crate::vault::encrypt;
    use std::fmt::Debug;

    use zeroize::Zeroizing;

    use super::*;

    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    const ABOUT: Binding<'_> = Binding { secret: "s-1", version: 3, environment: "dev" };

    fn vault(byte: u8) -> Vault {
        Vault::new(Key::new(Zeroizing::new([byte; 32])))
    }

    fn text(plain: &str) -> SecretText {
        SecretText::new(plain.to_owned()).unwrap()
    }

    fn sealed() -> Sealed {
        vault(1).seal(&ABOUT, &text("hunter2 grün"), &Fixed(9))
    }

    #[test]
    fn what_was_sealed_opens_the_same() {
        assert!(vault(1).open(&ABOUT, &sealed()) == Ok(text("hunter2 grün")));
        let long = text(&"x".repeat(doorward::LONGEST_SECRET));
        assert!(vault(1).open(&ABOUT, &vault(1).seal(&ABOUT, &long, &Fixed(2))) == Ok(long));
    }

    #[test]
    fn what_was_sealed_shows_nothing_of_the_text() {
        let sealed = sealed();
        assert!(!sealed.ciphertext.windows(4).any(|part| b"hunter2".windows(4).any(|plain| plain == part)));
        assert!(sealed != vault(1).seal(&ABOUT, &text("hunter2 grün"), &Fixed(8)), "the nonce is not used");
    }

    /// The environment must match too.
    #[test]
    fn a_value_opens_for_its_own_secret_and_version_alone() {
        let others = [
            Binding { secret: "s-2", ..ABOUT },
            Binding { version: 4, ..ABOUT },
            Binding { environment: "prod", ..ABOUT },
            Binding { secret: "", version: 0, environment: "" },
        ];
        for other in others {
            assert!(vault(1).open(&other, &sealed()) == Err(SealError::NotAuthentic), "{other:?}");
        }
    }

    /// It does not open as a secret's value either.
    #[test]
    fn a_one_time_secret_opens_for_its_own_identity_alone() {
        let mine = OneTimeBinding { identity: "s-1" };
        let sealed = vault(1).seal(&mine, &text("JBSWY3DP"), &Fixed(9));
        assert!(vault(1).open(&mine, &sealed) == Ok(text("JBSWY3DP")));
        assert!(vault(1).open(&OneTimeBinding { identity: "s-2" }, &sealed) == Err(SealError::NotAuthentic));
        let value = Binding { secret: "s-1", version: 0, environment: "" };
        assert!(vault(1).open(&value, &sealed) == Err(SealError::NotAuthentic));
        assert!(vault(1).open(&mine, &encrypt::tests::sealed()) == Err(SealError::NotAuthentic));
    }

    #[test]
    fn no_two_bindings_give_the_same_associated_data() {
        let parts = ["", "a", "ab", "b", "\0", "\u{1}\0"];
        let mut seen = std::collections::HashSet::new();
        for (secret, environment, version) in
            parts.iter().flat_map(|one| parts.iter().flat_map(move |two| [0, 1, -1].map(|three| (one, two, three))))
        {
            assert!(seen.insert(Binding { secret, version, environment }.associated_data()));
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_found() {
        let whole = sealed();
        for at in 0..whole.ciphertext.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed.ciphertext[at] ^= 1 << bit;
                assert!(vault(1).open(&ABOUT, &changed) == Err(SealError::NotAuthentic));
            }
        }
        for at in 0..whole.nonce.len() {
            let mut changed = whole.clone();
            changed.nonce[at] ^= 1;
            assert!(vault(1).open(&ABOUT, &changed) == Err(SealError::NotAuthentic));
        }
    }

    #[test]
    fn what_is_too_short_or_too_long_is_refused() {
        for (nonce, ciphertext) in [(0, 40), (11, 40), (13, 40), (12, 0), (12, 15), (12, 16)] {
            let odd = Sealed { key_id: sealed().key_id, nonce: vec![9; nonce], ciphertext: vec![0; ciphertext] };
            assert!(vault(1).open(&ABOUT, &odd) == Err(SealError::NotAuthentic));
        }
    }

    #[test]
    fn another_key_is_named_in_a_sentence() {
        let error = vault(2).open(&ABOUT, &sealed()).err().unwrap().to_string();
        assert!(error.contains(vault(1).key_id()) && error.contains(vault(2).key_id()), "{error}");
        let relabelled = Sealed { key_id: vault(2).key_id().to_owned(), ..sealed() };
        assert!(vault(2).open(&ABOUT, &relabelled) == Err(SealError::NotAuthentic));
    }

    #[test]
    fn a_keys_id_is_sixteen_digits_and_its_own() {
        assert_eq!(vault(1).key_id().len(), 16);
        assert_eq!(vault(1).key_id(), vault(1).key_id());
        assert_ne!(vault(1).key_id(), vault(2).key_id());
    }

    #[test]
    fn the_ciphers_key_is_wiped_from_memory() {
        // Holds only with the feature `zeroize` of the crate `aes`.
        fn wiped<T: zeroize::ZeroizeOnDrop>() {}
        wiped::<aes_gcm_siv::aes::Aes256>();
    }

    trait Unprinted<Marker> {
        fn holds() {}
    }
    struct Printable;
    impl<T> Unprinted<()> for T {}
    impl<T: Debug> Unprinted<Printable> for T {}

    #[test]
    fn types_that_hold_keys_have_no_debug() {
        // With a Debug on one of them, two impls would fit and this would not compile.
        <Key as Unprinted<_>>::holds();
        <Vault as Unprinted<_>>::holds();
        <SecretText as Unprinted<_>>::holds();
    }
}
