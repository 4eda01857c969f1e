//! What opens a backup: a passphrase, or a recovery key in a file.

use crate::backup::encrypted::BadFile;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::{Randomness, SecretText};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The first bytes of a backup, with the version of the format.
pub const MAGIC: &[u8; 18] = b"doorward backup 1\n";
pub const SALT_BYTES: usize = 32;
/// The header: the magic bytes, the kind of key, Argon2id's three parameters, the salt.
pub const HEADER_BYTES: usize = MAGIC.len() + 1 + 3 * 4 + SALT_BYTES;

const BY_PASSPHRASE: u8 = 1;
const BY_RECOVERY_KEY: u8 = 2;
/// RFC 9106, section 4, the second recommended option: 64 MiB, 3 passes, 4 lanes.
const COST: [u32; 3] = [64 * 1024, 3, 4];
/// A header that asks for more is refused, because it is read before anything is authenticated.
const MOST_COST: [u32; 3] = [1024 * 1024, 16, 16];
/// The label of a recovery key, so that no other base64 text is taken for one.
const LABEL: &str = "doorward-recovery-key-1 ";
/// The most bytes that a recovery key file has.
pub const MOST_KEY_BYTES: usize = 200;

/// What opens backups without a passphrase: 32 random bytes. Has no `Debug`.
pub struct RecoveryKey(Zeroizing<[u8; 32]>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("does not hold a recovery key")]
pub struct RecoveryKeyError;

impl RecoveryKey {
    #[must_use]
    pub fn generate(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    /// Reads the one line of a recovery key file.
    pub fn parse(text: &[u8]) -> Result<Self, RecoveryKeyError> {
        let encoded = text.trim_ascii().strip_prefix(LABEL.as_bytes()).ok_or(RecoveryKeyError)?;
        let mut room = Zeroizing::new([0; MOST_KEY_BYTES]);
        let length = STANDARD.decode_slice(encoded, &mut *room).map_err(|_| RecoveryKeyError)?;
        let mut bytes = Zeroizing::new([0; 32]);
        (length == 32).then(|| bytes.copy_from_slice(&room[..32])).ok_or(RecoveryKeyError)?;
        Ok(Self(bytes))
    }

    /// Returns the line to keep in a file.
    #[must_use]
    pub fn line(&self) -> Zeroizing<String> {
        let mut line = Zeroizing::new(String::with_capacity(MOST_KEY_BYTES));
        line.push_str(LABEL);
        line.push_str(&Zeroizing::new(STANDARD.encode(*self.0)));
        line.push('\n');
        line
    }
}

/// What opens a backup. Has no `Debug`.
pub enum Unlock {
    Passphrase(SecretText),
    Key(RecoveryKey),
}

/// The header of a new backup and the key of its contents.
pub struct Lock {
    pub header: [u8; HEADER_BYTES],
    pub key: Zeroizing<[u8; 32]>,
}

impl Unlock {
    /// Makes a header with a salt of its own, and so a key that no other file has.
    pub fn lock(&self, random: &dyn Randomness) -> Result<Lock, BadFile> {
        let mut header = [0; HEADER_BYTES];
        header[..MAGIC.len()].copy_from_slice(MAGIC);
        let (kind, cost) = match self {
            Self::Passphrase(_) => (BY_PASSPHRASE, COST),
            Self::Key(_) => (BY_RECOVERY_KEY, [0; 3]),
        };
        header[MAGIC.len()] = kind;
        for (number, value) in cost.into_iter().enumerate() {
            let at = MAGIC.len() + 1 + number * 4;
            header[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        random.fill(&mut header[HEADER_BYTES - SALT_BYTES..]);
        let key = self.open(&header)?;
        Ok(Lock { header, key })
    }

    /// Derives the key of the contents. The whole header goes into it, so that a changed header
    /// opens nothing.
    pub fn open(&self, header: &[u8; HEADER_BYTES]) -> Result<Zeroizing<[u8; 32]>, BadFile> {
        let (magic, rest) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            let is_other = magic.starts_with(b"doorward backup ");
            return Err(if is_other { BadFile::OtherVersion } else { BadFile::NotABackup });
        }
        let number = |number: usize| {
            let at = 1 + number * 4;
            rest[at..at + 4].iter().fold(0, |value: u32, byte| value << 8 | u32::from(*byte))
        };
        let (cost, salt) = ([0, 1, 2].map(number), &rest[1 + 3 * 4..]);
        let secret = match (self, rest[0]) {
            (Self::Passphrase(passphrase), BY_PASSPHRASE) => stretched(passphrase, cost, salt)?,
            (Self::Key(key), BY_RECOVERY_KEY) => key.0.clone(),
            (Self::Key(_), BY_PASSPHRASE) => return Err(BadFile::NeedsPassphrase),
            (Self::Passphrase(_), BY_RECOVERY_KEY) => return Err(BadFile::NeedsKey),
            _ => return Err(BadFile::OtherVersion),
        };
        let mac = Hmac::<Sha256>::new_from_slice(&*secret).map_err(|_| BadFile::NotABackup)?;
        let mac = mac.chain_update(b"doorward backup contents 1\0").chain_update(header);
        Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
    }
}

fn stretched(passphrase: &SecretText, cost: [u32; 3], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, BadFile> {
    if cost.iter().zip(MOST_COST).any(|(cost, most)| *cost > most) {
        return Err(BadFile::TooCostly);
    }
    let [memory, passes, lanes] = cost;
    let parameters = Params::new(memory, passes, lanes, Some(32)).map_err(|_| BadFile::TooCostly)?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon.hash_password_into(passphrase.expose().as_bytes(), salt, &mut *key).map_err(|_| BadFile::TooCostly)?;
    Ok(key)
}
