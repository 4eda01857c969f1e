//! Encryption of values with AES-256-GCM-SIV (RFC 8452), which stays secure even if a nonce is
//! repeated.
//!
//! Each value has a random data key of its own. A vault key wraps it. The vault has several keys:
//! the database says which one is current and wraps new data keys; the others only unwrap.

use crate::db::transaction::Source;
use crate::vault::Key;
use crate::vault::binding::Binds;
use crate::vault::key_file::KeyFile;
use crate::vault::sql;
use crate::vault::wrapped::VaultKey;
use doorward::guard::Unavailable;
use doorward::{Randomness, SecretBytes, SecretText};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use zeroize::Zeroizing;

/// An encrypted value as the database stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The vault key that wraps the data key; see [`Key::id`].
    pub key_id: String,
    /// The data key: 12 random bytes, then its ciphertext and tag. `None` for a value of before data
    /// keys, which the vault key encrypted itself.
    pub wrapped_key: Option<Vec<u8>>,
    /// 12 random bytes.
    pub nonce: Vec<u8>,
    /// The encrypted value, followed by the 16-byte authentication tag.
    pub ciphertext: Vec<u8>,
}

/// Why an encrypted value cannot be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the value was encrypted with the key {sealed_by}, but the vault has {have}; add the key that is missing")]
    OtherKey {
        /// The id of the key that the value was encrypted with.
        sealed_by: String,
        /// The ids of the vault's keys.
        have: String,
    },
    #[error("the encrypted value was changed, or belongs to another record")]
    NotAuthentic,
}

/// A value that can be encrypted.
pub trait Plain {
    fn bytes(&self) -> &[u8];
}

impl Plain for SecretText {
    fn bytes(&self) -> &[u8] {
        self.expose().as_bytes()
    }
}

impl Plain for SecretBytes {
    fn bytes(&self) -> &[u8] {
        self.expose()
    }
}

type Keys = Arc<Vec<Arc<VaultKey>>>;

/// Encrypts and decrypts values. Has no `Debug`.
pub struct Vault {
    keys: RwLock<Keys>,
    /// The file of the keys, which another process may add to.
    file: Option<PathBuf>,
    rereading: Mutex<()>,
}

impl Vault {
    /// Creates a vault that has these keys. `file` is read again if a key is missing.
    #[must_use]
    pub fn new(keys: &[Key], file: Option<PathBuf>) -> Self {
        Self { keys: RwLock::new(prepared(keys)), file, rereading: Mutex::new(()) }
    }

    /// Returns the ids of the keys, in the order in which they were given.
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        self.keys().iter().map(|key| key.id.clone()).collect()
    }

    /// Returns the keys that authenticate the cookies of known browsers. They are used for nothing
    /// else. The first one makes new cookies.
    #[must_use]
    pub fn known_browser_keys(&self) -> Vec<Zeroizing<[u8; 32]>> {
        self.keys().iter().map(|key| key.known_browsers.clone()).collect()
    }

    /// Returns the keys that authenticate the challenges of machines. They are used for nothing else.
    /// The first one makes new challenges.
    #[must_use]
    pub fn challenge_keys(&self) -> Vec<Zeroizing<[u8; 32]>> {
        self.keys().iter().map(|key| key.challenges.clone()).collect()
    }

    /// Encrypts `plain` so that it can be decrypted only for the same binding. Uses the current key,
    /// by the transaction that stores the value: a key is retired only if no such transaction is
    /// open.
    pub async fn seal(
        &self,
        source: &mut Source,
        about: &impl Binds,
        plain: &impl Plain,
        random: &dyn Randomness,
    ) -> Result<Sealed, Unavailable> {
        let usable = sql::usable(source).await?;
        if let Some(current) = usable.first()
            && self.find(current).is_none()
        {
            self.reread();
        }
        // Until this process has the current key, an older one serves.
        if usable.first().is_some_and(|current| self.find(current).is_none()) {
            tracing::warn!("the vault's current key is missing here, so an older one encrypts");
        }
        let key = usable.iter().find_map(|id| self.find(id)).ok_or_else(|| {
            tracing::error!("the vault has none of the keys that the database knows, so nothing is encrypted");
            Unavailable
        })?;
        Ok(key.seal(about, plain, random))
    }

    /// Decrypts what [`Self::seal`] encrypted for the same binding, also if it is no text.
    pub fn open_bytes(&self, about: &impl Binds, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        self.key(&sealed.key_id)?.open_bytes(about, sealed)
    }

    /// Decrypts what [`Self::seal`] encrypted for the same binding.
    pub fn open(&self, about: &impl Binds, sealed: &Sealed) -> Result<SecretText, SealError> {
        self.key(&sealed.key_id)?.open(about, sealed)
    }

    /// Wraps the data key of an encrypted value by the key `target`.
    pub(super) fn rewrap(
        &self,
        target: &str,
        about: &impl Binds,
        sealed: &Sealed,
        random: &dyn Randomness,
    ) -> Result<Sealed, SealError> {
        self.key(&sealed.key_id)?.rewrap(&*self.key(target)?, about, sealed, random)
    }

    fn key(&self, id: &str) -> Result<Arc<VaultKey>, SealError> {
        if let Some(key) = self.find(id) {
            return Ok(key);
        }
        self.reread();
        self.find(id).ok_or_else(|| SealError::OtherKey { sealed_by: shown(id), have: self.key_ids().join(", ") })
    }

    fn find(&self, id: &str) -> Option<Arc<VaultKey>> {
        self.keys().iter().find(|key| key.id == id).cloned()
    }

    fn keys(&self) -> Keys {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the key file again. If it cannot be read, the keys stay as they are.
    pub(super) fn reread(&self) {
        let Some(file) = &self.file else { return };
        let _alone = self.rereading.lock().unwrap_or_else(PoisonError::into_inner);
        match KeyFile::read(file) {
            Ok(Some(keys)) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = prepared(&keys),
            Ok(None) => tracing::error!(file = %file.display(), "the key file is gone; its keys are still in use"),
            Err(error) => tracing::error!(%error, "the key file cannot be read again"),
        }
    }
}

fn prepared(keys: &[Key]) -> Keys {
    Arc::new(keys.iter().map(|key| Arc::new(VaultKey::new(key))).collect())
}

/// Shortens and cleans a key id from the database for use in a message.
pub(super) fn shown(key_id: &str) -> String {
    key_id.chars().filter(char::is_ascii_alphanumeric).take(16).collect()
}

#[cfg(test)]
mod tests;
