//! Encrypts a file for somebody outside, in the format of age (<https://age-encryption.org/v1>), which many tools open.
//!
//! Written here because the crate `age` would bring seventy others. Only encryption is here; the tests decrypt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead as _, AeadInOut as _};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use curve25519_dalek::montgomery::MontgomeryPoint;
use doorward::{Randomness, SecretText};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

const VERSION: &str = "age-encryption.org/v1\n";
const OF_KEYS: &str = "age-encryption.org/v1/X25519";
const OF_PASSPHRASES: &str = "age-encryption.org/v1/scrypt";
/// The size of the pieces that are encrypted one by one.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// The cost of a passphrase: 2^16 rounds, and 64 MiB of memory.
const COST: u8 = 16;
/// The shortest passphrase, in characters.
pub const SHORTEST_PASSPHRASE: usize = 16;

type Key = Zeroizing<[u8; 32]>;

/// Who can decrypt a file. Has no `Debug`.
pub enum Recipient {
    /// The holder of the private key of this public key.
    Key([u8; 32]),
    Passphrase(SecretText),
}

/// Why nothing can be encrypted for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecipient {
    #[error("a public key of age begins with age1 and has 62 letters and digits")]
    Key,
    #[error("a passphrase has at least 16 characters")]
    ShortPassphrase,
}

impl Recipient {
    /// Reads a public key, for example `age1…`.
    pub fn parse(text: &str) -> Result<Self, BadRecipient> {
        let key = bech32(text.trim()).ok_or(BadRecipient::Key)?;
        // A key whose shared secret would be the same for everybody.
        let is_weak = MontgomeryPoint(key).mul_clamped([7; 32]).0 == [0; 32];
        if is_weak { Err(BadRecipient::Key) } else { Ok(Self::Key(key)) }
    }

    /// Takes a passphrase.
    pub fn passphrase(text: SecretText) -> Result<Self, BadRecipient> {
        let is_short = text.expose().chars().count() < SHORTEST_PASSPHRASE;
        if is_short { Err(BadRecipient::ShortPassphrase) } else { Ok(Self::Passphrase(text)) }
    }

    /// Returns the stanza of the header, which has the file's key for this recipient.
    fn stanza(&self, file_key: &[u8; 16], random: &dyn Randomness) -> Option<String> {
        let (arguments, key) = match self {
            Self::Key(public) => {
                let mut secret = Zeroizing::new([0; 32]);
                random.fill(&mut *secret);
                let share = MontgomeryPoint::mul_base_clamped(*secret).0;
                let shared = Zeroizing::new(MontgomeryPoint(*public).mul_clamped(*secret).0);
                let key = derived(&*shared, &[share.as_slice(), public].concat(), OF_KEYS)?;
                (format!("X25519 {}", STANDARD_NO_PAD.encode(share)), key)
            }
            Self::Passphrase(passphrase) => {
                let mut salt = [0; 16];
                random.fill(&mut salt);
                let parameters = scrypt::Params::new(COST, 8, 1).ok()?;
                let mut key = Zeroizing::new([0; 32]);
                let labelled = [OF_PASSPHRASES.as_bytes(), &salt].concat();
                scrypt::scrypt(passphrase.expose().as_bytes(), &labelled, &parameters, &mut *key).ok()?;
                (format!("scrypt {} {COST}", STANDARD_NO_PAD.encode(salt)), key)
            }
        };
        // Each of these keys encrypts this one file key.
        let wrapped = ChaCha20Poly1305::new((&*key).into()).encrypt(&Nonce::default(), file_key.as_slice()).ok()?;
        Some(format!("-> {arguments}\n{}\n", STANDARD_NO_PAD.encode(wrapped)))
    }
}

/// Encrypts `plain`. Returns `None` if that fails, which no input can cause.
pub fn encrypt(to: &Recipient, plain: &[u8], random: &dyn Randomness) -> Option<Vec<u8>> {
    let mut file_key = Zeroizing::new([0; 16]);
    random.fill(&mut *file_key);
    let header = format!("{VERSION}{}---", to.stanza(&file_key, random)?);
    let mac_key = derived(&*file_key, &[], "header")?;
    let mac = Hmac::<Sha256>::new_from_slice(&*mac_key).ok()?.chain_update(&header).finalize().into_bytes();
    let mut nonce = [0; 16];
    random.fill(&mut nonce);
    let key = derived(&*file_key, &nonce, "payload")?;
    let mut file = format!("{header} {}\n", STANDARD_NO_PAD.encode(mac)).into_bytes();
    file.extend(nonce);
    let cipher = ChaCha20Poly1305::new((&*key).into());
    let chunks = plain.len().div_ceil(CHUNK).max(1);
    file.reserve(plain.len() + chunks * TAG);
    for number in 0..chunks {
        let chunk = &plain[number * CHUNK..plain.len().min((number + 1) * CHUNK)];
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
        nonce[11] = u8::from(number + 1 == chunks);
        // Encrypted in a buffer of its own, which is wiped if that fails.
        let mut sealed = Zeroizing::new(chunk.to_vec());
        let tag = cipher.encrypt_inout_detached(&Nonce::from(nonce), b"", sealed.as_mut_slice().into()).ok()?;
        file.extend_from_slice(&sealed);
        file.extend_from_slice(&tag);
    }
    Some(file)
}

/// Derives a key for one purpose (HKDF-SHA-256).
fn derived(secret: &[u8], salt: &[u8], label: &str) -> Option<Key> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret).expand(label.as_bytes(), &mut *key).ok()?;
    Some(key)
}

const LETTERS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];

/// Reads 32 bytes in Bech32 (BIP 173), with the prefix `age`.
fn bech32(text: &str) -> Option<[u8; 32]> {
    let data = text.strip_prefix("age1").filter(|data| data.len() == 58)?;
    let values: Vec<u8> = data
        .bytes()
        .map(|byte| LETTERS.iter().position(|letter| *letter == byte).and_then(|at| u8::try_from(at).ok()))
        .collect::<Option<_>>()?;
    let prefix = b"age".map(|letter| letter >> 5).into_iter().chain([0]).chain(b"age".map(|letter| letter & 31));
    if prefix.chain(values.iter().copied()).fold(1, checked) != 1 {
        return None;
    }
    let (mut key, mut held, mut bits) = (Vec::with_capacity(32), 0_u32, 0);
    for value in &values[..52] {
        held = held << 5 | u32::from(*value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    // What is left over is filling.
    (held & ((1 << bits) - 1) == 0).then(|| key.try_into().ok()).flatten()
}

fn checked(sum: u32, value: u8) -> u32 {
    let top = sum >> 25;
    let sum = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
    let fold = |sum: u32, (bit, generator): (u32, u32)| if top >> bit & 1 == 1 { sum ^ generator } else { sum };
    (0..).zip(GENERATOR).fold(sum, fold)
}

#[cfg(test)]
mod tests;
