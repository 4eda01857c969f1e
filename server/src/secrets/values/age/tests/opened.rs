//! Decrypts a file of age, as the specification says. Only tests need it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Nonce};
use curve25519_dalek::montgomery::MontgomeryPoint;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const SEALED_CHUNK: usize = 64 * 1024 + 16;

/// What opens a file.
#[allow(dead_code, reason = "each of the two users needs one of them")]
pub enum Opens<'a> {
    Key([u8; 32]),
    Passphrase(&'a str),
}

fn derived(secret: &[u8], salt: &[u8], label: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), secret).expand(label.as_bytes(), &mut key).expect("a short key");
    key
}

/// Returns what is in a file, or `None` if it does not open.
pub fn decrypt(opens: &Opens<'_>, file: &[u8]) -> Option<Vec<u8>> {
    let end = file.windows(5).position(|part| part == b"\n--- ")? + 4;
    let header = std::str::from_utf8(&file[..end]).ok()?;
    let line_end = end + file[end..].iter().position(|byte| *byte == b'\n')?;
    let mac = STANDARD_NO_PAD.decode(&file[end + 1..line_end]).ok()?;
    let lines: Vec<&str> = header.lines().collect();
    let arguments: Vec<&str> = lines[1].strip_prefix("-> ")?.split(' ').collect();
    let wrapped = STANDARD_NO_PAD.decode(lines[2]).ok()?;
    let given = STANDARD_NO_PAD.decode(arguments[1]).ok()?;
    let key = match opens {
        Opens::Key(secret) => {
            let share: [u8; 32] = given.try_into().ok()?;
            let shared = MontgomeryPoint(share).mul_clamped(*secret).0;
            let public = MontgomeryPoint::mul_base_clamped(*secret).0;
            derived(&shared, &[share, public].concat(), "age-encryption.org/v1/X25519")
        }
        Opens::Passphrase(passphrase) => {
            let mut key = [0; 32];
            let salt = [b"age-encryption.org/v1/scrypt".as_slice(), &given].concat();
            let parameters = scrypt::Params::new(arguments[2].parse().ok()?, 8, 1).ok()?;
            scrypt::scrypt(passphrase.as_bytes(), &salt, &parameters, &mut key).ok()?;
            key
        }
    };
    let file_key = ChaCha20Poly1305::new((&key).into()).decrypt(&Nonce::default(), wrapped.as_slice()).ok()?;
    let mac_key = derived(&file_key, &[], "header");
    Hmac::<Sha256>::new_from_slice(&mac_key).ok()?.chain_update(header).verify_slice(&mac).ok()?;
    let (nonce, payload) = file[line_end + 1..].split_at_checked(16)?;
    let cipher = ChaCha20Poly1305::new((&derived(&file_key, nonce, "payload")).into());
    let chunks: Vec<&[u8]> = payload.chunks(SEALED_CHUNK).collect();
    let mut plain = Vec::new();
    for (number, chunk) in chunks.iter().enumerate() {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(number as u64).to_be_bytes());
        nonce[11] = u8::from(number + 1 == chunks.len());
        plain.extend(cipher.decrypt(&Nonce::from(nonce), *chunk).ok()?);
    }
    Some(plain)
}
