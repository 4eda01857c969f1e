//! One vault key: it wraps data keys, and still opens the values that it once encrypted itself.

use crate::vault::binding::{Binds, DataKeyBinding};
use crate::vault::encrypt::{Plain, SealError, Sealed};
use crate::vault::key::{KEY_BYTES, Key};
use aes_gcm_siv::aead::{Aead as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, Nonce};
use doorward::{Randomness, SecretBytes, SecretText};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

const NONCE_BYTES: usize = 12;

/// A vault key and what is derived from it, each for one purpose. Has no `Debug`.
pub(super) struct VaultKey {
    pub id: String,
    /// Opens values of before data keys. Encrypts nothing any more.
    direct: Aes256GcmSiv,
    wrapping: Aes256GcmSiv,
    pub known_browsers: Zeroizing<[u8; 32]>,
    pub challenges: Zeroizing<[u8; 32]>,
}

/// The 32 random bytes that encrypt one value.
struct DataKey(Zeroizing<[u8; KEY_BYTES]>);

impl VaultKey {
    pub fn new(key: &Key) -> Self {
        Self {
            id: key.id(),
            direct: Aes256GcmSiv::new(key.expose().into()),
            wrapping: Aes256GcmSiv::new((&*derived(key.expose(), b"doorward key wrapping 1")).into()),
            known_browsers: derived(key.expose(), b"doorward known browsers 1"),
            challenges: derived(key.expose(), b"doorward machine challenges 1"),
        }
    }

    pub fn seal(&self, about: &impl Binds, plain: &impl Plain, random: &dyn Randomness) -> Sealed {
        let data_key = DataKey::generate(random);
        let (nonce, ciphertext) = encrypt(&data_key.cipher(), about, plain.bytes(), random);
        let wrapped_key = Some(self.wrap(about, &data_key, random));
        Sealed { key_id: self.id.clone(), wrapped_key, nonce: nonce.to_vec(), ciphertext }
    }

    pub fn open(&self, about: &impl Binds, sealed: &Sealed) -> Result<SecretText, SealError> {
        into_text(self.decrypted(about, sealed)?)
    }

    pub fn open_bytes(&self, about: &impl Binds, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        let mut plain = self.decrypted(about, sealed)?;
        SecretBytes::new(std::mem::take(&mut *plain)).map_err(|_| SealError::NotAuthentic)
    }

    fn decrypted(&self, about: &impl Binds, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match &sealed.wrapped_key {
            Some(wrapped) => decrypt(&self.unwrap(about, wrapped)?.cipher(), about, &sealed.nonce, &sealed.ciphertext),
            None => decrypt(&self.direct, about, &sealed.nonce, &sealed.ciphertext),
        }
    }

    /// Wraps the data key of `sealed`, which `self` wrapped, by `target`. A value without a data key
    /// is encrypted anew.
    pub fn rewrap(
        &self,
        target: &Self,
        about: &impl Binds,
        sealed: &Sealed,
        random: &dyn Randomness,
    ) -> Result<Sealed, SealError> {
        let Some(wrapped) = &sealed.wrapped_key else {
            return Ok(target.seal(about, &self.open_bytes(about, sealed)?, random));
        };
        let wrapped_key = Some(target.wrap(about, &self.unwrap(about, wrapped)?, random));
        Ok(Sealed { key_id: target.id.clone(), wrapped_key, ..sealed.clone() })
    }

    /// The nonce, then the encrypted data key with its tag.
    fn wrap(&self, about: &impl Binds, data_key: &DataKey, random: &dyn Randomness) -> Vec<u8> {
        let (nonce, ciphertext) = encrypt(&self.wrapping, &DataKeyBinding(about), &*data_key.0, random);
        [nonce.as_slice(), &ciphertext].concat()
    }

    fn unwrap(&self, about: &impl Binds, wrapped: &[u8]) -> Result<DataKey, SealError> {
        let (nonce, ciphertext) = wrapped.split_at_checked(NONCE_BYTES).ok_or(SealError::NotAuthentic)?;
        let plain = decrypt(&self.wrapping, &DataKeyBinding(about), nonce, ciphertext)?;
        let mut data_key = DataKey(Zeroizing::new([0; KEY_BYTES]));
        (plain.len() == KEY_BYTES).then(|| data_key.0.copy_from_slice(&plain)).ok_or(SealError::NotAuthentic)?;
        Ok(data_key)
    }
}

impl DataKey {
    fn generate(random: &dyn Randomness) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    fn cipher(&self) -> Aes256GcmSiv {
        Aes256GcmSiv::new((&*self.0).into())
    }
}

#[expect(clippy::expect_used, reason = "it fails only above 2^36 bytes, and a value has at most 2^20")]
fn encrypt(
    cipher: &Aes256GcmSiv,
    about: &impl Binds,
    plain: &[u8],
    random: &dyn Randomness,
) -> ([u8; NONCE_BYTES], Vec<u8>) {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce);
    let payload = Payload { msg: plain, aad: &about.associated_data() };
    (nonce, cipher.encrypt(&Nonce::from(nonce), payload).expect("it is short enough to encrypt"))
}

fn decrypt(
    cipher: &Aes256GcmSiv,
    about: &impl Binds,
    nonce: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| SealError::NotAuthentic)?;
    let payload = Payload { msg: ciphertext, aad: &about.associated_data() };
    let plain = cipher.decrypt(&Nonce::from(nonce), payload);
    plain.map(Zeroizing::new).map_err(|_| SealError::NotAuthentic)
}

/// Derives a key for one purpose: HMAC-SHA-256 of the purpose's label.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn derived(key: &[u8; KEY_BYTES], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes").chain_update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn into_text(mut plain: Zeroizing<Vec<u8>>) -> Result<SecretText, SealError> {
    let text = String::from_utf8(std::mem::take(&mut *plain)).map_err(|error| {
        error.into_bytes().zeroize();
        SealError::NotAuthentic
    })?;
    SecretText::new(text).map_err(|_| SealError::NotAuthentic)
}

#[cfg(test)]
impl VaultKey {
    /// Encrypts as versions before data keys did.
    pub fn seal_directly(&self, about: &impl Binds, plain: &SecretText, random: &dyn Randomness) -> Sealed {
        let (nonce, ciphertext) = encrypt(&self.direct, about, plain.expose().as_bytes(), random);
        Sealed { key_id: self.id.clone(), wrapped_key: None, nonce: nonce.to_vec(), ciphertext }
    }
}
