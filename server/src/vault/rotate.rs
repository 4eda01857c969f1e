//! Rotation of the vault's keys while servers serve.
//!
//! A new key is durable outside the database before the database names it as current. From then on
//! every transaction that encrypts uses it. Then the data keys that older keys wrap are wrapped
//! again, in small transactions. After an interruption at any point, the next rotation goes on.

mod pending;
mod retire;

pub use retire::{Retired, retire};

use crate::backend::{SqlBackend, by_command};
use crate::db::transaction::Source;
use crate::ledger;
use crate::vault::sql::{self, KnownKey, OfVersion, Value};
use crate::vault::{Binding, Key, KeyFile, KeyFileError, KeySource, KeySourceError, OneTimeBinding, SealError};
use doorward::IdentityId;
use doorward::action::Resource;
use doorward::guard::Unavailable;
use std::time::Duration;

/// How many values one transaction wraps again.
const BATCH: i64 = 50;
/// The pause between two transactions, so that other writers get a turn.
const REST: Duration = Duration::from_millis(2);

/// Why a rotation stopped.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    #[error(transparent)]
    Keys(#[from] KeySourceError),
    #[error("another rotation began meanwhile; run this again to finish it")]
    Overtaken,
    #[error("a rotation to the key {0} is not finished; finish it first with: doorward keys rotate")]
    Unfinished(String),
    #[error("the first key in {place}, {first}, is no new one; the current key is {current}: put the new key first")]
    NotNew { place: String, first: String, current: String },
    #[error("{0} is not changed by Doorward: put the new key into it yourself, behind the current one")]
    NotOurs(String),
    #[error("{0} is the current key; rotate first")]
    Current(String),
    #[error("this vault has no key {0}; list its keys with: doorward keys list")]
    NoKey(String),
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for RotateError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<KeyFileError> for RotateError {
    fn from(error: KeyFileError) -> Self {
        Self::Keys(error.into())
    }
}

/// A rotation that has begun.
pub struct Rotation<'a> {
    backend: &'a SqlBackend,
    /// The key that wraps everything at the end.
    pub key: String,
    /// Whether this call made the key current.
    pub is_new: bool,
    /// Whether the database says that values may be left.
    is_open: bool,
    at: At,
    /// How many values were wrapped again so far.
    pub wrapped: u64,
    /// The values that cannot be decrypted.
    pub damaged: Vec<String>,
}

/// How far a rotation has come.
enum At {
    Version(String, i64),
    Codes(String),
    Pending(String),
    End,
}

/// Returns the ids that the database knows, the usable ones first.
async fn known(backend: &SqlBackend) -> Result<Vec<KnownKey>, Unavailable> {
    sql::known(&mut Source::reader(&backend.database)).await
}

fn current(known: &[KnownKey]) -> Result<&KnownKey, Unavailable> {
    known.iter().find(|key| key.retired.is_none()).ok_or(Unavailable)
}

/// Adds a key to the key file, unless it has one that was not used yet. Returns the key's id.
pub async fn prepare(backend: &SqlBackend, keys: &KeySource) -> Result<String, RotateError> {
    let KeySource::File(path) = keys else { return Err(RotateError::NotOurs(keys.to_string())) };
    let known = known(backend).await?;
    let current = current(&known)?;
    if current.rotated.is_none() {
        return Err(RotateError::Unfinished(current.id.clone()));
    }
    let is_unused = |key: &Key| known.iter().all(|known| known.id != key.id());
    let mut new = Key::generate(&*backend.random);
    let mut id = new.id();
    KeyFile::change(path, |keys| match keys.iter().find(|key| is_unused(key)) {
        Some(unused) => id = unused.id(),
        None => keys.insert(0, std::mem::replace(&mut new, Key::generate(&*backend.random))),
    })?;
    Ok(id)
}

/// Does the same by itself, and records it.
pub async fn prepare_apart(backend: &SqlBackend, keys: &KeySource) -> Result<String, RotateError> {
    let id = prepare(backend, keys).await?;
    let mut source = Source::writer(&backend.database).await?;
    let entry = by_command(backend, "vault.prepare", format!("vault_key:{id}"), String::new());
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await?;
    Ok(id)
}

impl<'a> Rotation<'a> {
    /// Makes a new key current, or goes on with a rotation that was interrupted.
    pub async fn begin(backend: &'a SqlBackend, keys: &KeySource) -> Result<Self, RotateError> {
        let known = known(backend).await?;
        let old = current(&known)?;
        let rotation = |key: String, is_new, is_open| Self {
            backend,
            key,
            is_new,
            is_open,
            at: At::Version(String::new(), 0),
            wrapped: 0,
            damaged: Vec::new(),
        };
        if old.rotated.is_none() {
            return Ok(rotation(old.id.clone(), false, true));
        }
        let new = match keys {
            KeySource::File(_) => prepare(backend, keys).await?,
            KeySource::Variable(_) | KeySource::Command(_) => {
                let first = backend.vault.key_ids().into_iter().next().unwrap_or_default();
                if first == old.id {
                    return Ok(rotation(first, false, false));
                }
                if known.iter().any(|key| key.id == first) {
                    let (place, current) = (keys.to_string(), old.id.clone());
                    return Err(RotateError::NotNew { place, first, current });
                }
                first
            }
        };
        let is_new = make_current(backend, &old.id, &new).await?;
        Ok(rotation(new, is_new, true))
    }

    /// Wraps the next few values again. Returns false if there are no more.
    pub async fn step(&mut self) -> Result<bool, RotateError> {
        let mut reader = Source::reader(&self.backend.database);
        match &self.at {
            At::Version(secret, version) => {
                let values = sql::versions(&mut reader, &self.key, (secret, *version), BATCH).await?;
                drop(reader);
                self.at = match values.last() {
                    Some(last) => At::Version(last.of.secret.to_string(), last.of.version),
                    None => At::Codes(String::new()),
                };
                self.versions(&values).await?;
            }
            At::Codes(identity) => {
                let values = sql::codes(&mut reader, &self.key, identity, BATCH).await?;
                drop(reader);
                self.at = values.last().map_or(At::Pending(String::new()), |last| At::Codes(last.of.to_string()));
                self.codes(&values).await?;
            }
            At::Pending(secret) => {
                drop(reader);
                let after = secret.clone();
                self.at = pending::wrap(self, &after).await?.map_or(At::End, At::Pending);
            }
            At::End => return Ok(false),
        }
        Ok(true)
    }

    async fn versions(&mut self, values: &[Value<OfVersion>]) -> Result<(), RotateError> {
        let mut new = Vec::new();
        for value in values {
            let OfVersion { secret, version, environment } = &value.of;
            let about = Binding { secret: secret.as_str(), version: *version, environment };
            match self.backend.vault.rewrap(&self.key, &about, &value.sealed, &*self.backend.random) {
                Ok(sealed) => new.push((value, sealed)),
                Err(error) => self.note_damage(format!("secret {secret}, version {version}"), &error),
            }
        }
        let mut source = Source::writer(&self.backend.database).await?;
        let mut wrapped = 0;
        for (value, sealed) in new {
            wrapped += u64::from(sql::set_version(&mut source, value, sealed).await?);
        }
        source.commit().await?;
        self.wrapped += wrapped;
        Ok(())
    }

    async fn codes(&mut self, values: &[Value<IdentityId>]) -> Result<(), RotateError> {
        let mut new = Vec::new();
        for value in values {
            let about = OneTimeBinding { identity: value.of.as_str() };
            match self.backend.vault.rewrap(&self.key, &about, &value.sealed, &*self.backend.random) {
                Ok(sealed) => new.push((value, sealed)),
                Err(error) => self.note_damage(format!("the authenticator app of the identity {}", value.of), &error),
            }
        }
        let mut source = Source::writer(&self.backend.database).await?;
        let mut wrapped = 0;
        for (value, sealed) in new {
            wrapped += u64::from(sql::set_codes(&mut source, value, sealed).await?);
        }
        source.commit().await?;
        self.wrapped += wrapped;
        Ok(())
    }

    fn note_damage(&mut self, what: String, error: &SealError) {
        self.damaged.push(format!("{what}: {error}"));
    }

    /// Wraps everything that is left and records the end.
    pub async fn finish(mut self) -> Result<Self, RotateError> {
        while self.step().await? {
            tokio::time::sleep(REST).await;
        }
        let mut source = Source::writer(&self.backend.database).await?;
        let is_end = self.is_open && sql::set_rotated(&mut source, &self.key, self.backend.clock.now()).await?;
        if is_end || self.wrapped > 0 {
            let about = Resource::of("vault_key", &self.key)
                .with("damaged", self.damaged.len().to_string())
                .with("values", self.wrapped.to_string());
            let entry = by_command(self.backend, "vault.rewrap", about.name, about.parameters);
            ledger::sql::append_in(&mut source, &entry).await?;
        }
        source.commit().await?;
        Ok(self)
    }
}

/// Makes `new` the current key in place of `old`. Waits for the transactions that encrypt, so that
/// afterwards every value of an older key can be seen. Returns false if another process did it.
async fn make_current(backend: &SqlBackend, old: &str, new: &str) -> Result<bool, RotateError> {
    let mut source = Source::writer(&backend.database).await?;
    sql::alone(&mut source).await?;
    let known = sql::known(&mut source).await?;
    let now = current(&known)?;
    if now.id == new {
        return Ok(false);
    }
    if now.id != old || known.iter().any(|key| key.id == new) {
        return Err(RotateError::Overtaken);
    }
    sql::add(&mut source, new, now.place + 1, None).await?;
    let about = Resource::of("vault_key", new).with("previous", old);
    let entry = by_command(backend, "vault.rotate", about.name, about.parameters);
    ledger::sql::append_in(&mut source, &entry).await?;
    source.commit().await?;
    Ok(true)
}
