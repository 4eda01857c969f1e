//! Opens the vault at the start of the program.

use crate::db::Database;
use crate::db::transaction::Source;
use crate::vault::encrypt::shown;
use crate::vault::{Key, KeySource, KeySourceError, Vault, sql};
use doorward::guard::Unavailable;
use doorward::{Randomness, Timestamp};

/// Why the vault is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenVaultError {
    #[error(transparent)]
    Keys(#[from] KeySourceError),
    /// The keys are those of another database.
    #[error("the values in this database are sealed by the vault key {known}, and {place} holds {have}: {advice}")]
    OtherKey {
        /// The key that the database knows.
        known: String,
        place: String,
        /// The ids of the keys that are there.
        have: String,
        advice: &'static str,
    },
    #[error("{values} values in this database still need the vault key {key}, which is not in {place}: put it back")]
    Missing { key: String, values: i64, place: String },
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for OpenVaultError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Opens the vault by the keys that this database knows. A new key is made for a new database only.
pub async fn open(keys: &KeySource, database: &Database, random: &dyn Randomness) -> Result<Vault, OpenVaultError> {
    // Before the transaction: a command may take long.
    let given = match keys {
        KeySource::File(_) => None,
        KeySource::Variable(_) | KeySource::Command(_) => Some(read(keys.clone()).await?),
    };
    let mut source = Source::writer(database).await?;
    sql::alone_at_start(&mut source).await?;
    let known = sql::known(&mut source).await?;
    let given = match given {
        Some(given) => given,
        None if known.is_empty() => keys.read_or_create(random)?,
        None => keys.read()?,
    };
    let vault = Vault::new(&given, keys.file());
    match known.iter().find(|key| key.retired.is_none()) {
        None => register(&mut source, &given).await?,
        Some(current) if vault.key_ids().contains(&current.id) => {
            let others = known.iter().filter(|key| key.retired.is_none() && !vault.key_ids().contains(&key.id));
            check_unused(&mut source, others.map(|key| &*key.id).collect(), keys).await?;
        }
        Some(current) => return Err(other_key(&current.id, keys, &vault)),
    }
    source.commit().await?;
    Ok(vault)
}

async fn read(keys: KeySource) -> Result<Vec<Key>, OpenVaultError> {
    let read = tokio::task::spawn_blocking(move || keys.read()).await;
    Ok(read.map_err(|_| OpenVaultError::Unavailable)??)
}

/// Makes the first key of a new database known.
async fn register(source: &mut Source, keys: &[Key]) -> Result<(), Unavailable> {
    let first = keys.first().ok_or(Unavailable)?;
    sql::add(source, &first.id(), 1, Some(Timestamp(0))).await
}

/// Keys that are not given may be missing only if no value needs them.
async fn check_unused(source: &mut Source, missing: Vec<&str>, keys: &KeySource) -> Result<(), OpenVaultError> {
    if missing.is_empty() {
        return Ok(());
    }
    match sql::uses(source).await?.into_iter().find(|uses| missing.contains(&&*uses.key)) {
        Some(uses) => {
            Err(OpenVaultError::Missing { key: shown(&uses.key), values: uses.values, place: keys.to_string() })
        }
        None => Ok(()),
    }
}

fn other_key(known: &str, keys: &KeySource, vault: &Vault) -> OpenVaultError {
    let (have, advice) = (
        vault.key_ids(),
        match keys {
            KeySource::File(_) => "put the right vault.key into the data folder",
            KeySource::Variable(_) | KeySource::Command(_) => "give that key too; several are separated by commas",
        },
    );
    let have = if have.is_empty() { "nothing".to_owned() } else { have.join(", ") };
    OpenVaultError::OtherKey { known: shown(known), place: keys.to_string(), have, advice }
}
