//! What every command needs: the database, the vault, the password pool.

use crate::account::password::{PasswordError, Passwords};
use crate::backend::SqlBackend;
use crate::cli::settings::Config;
use crate::clock::{SteadyClock, SystemRandomness};
use crate::db::transaction::Source;
use crate::db::{Database, OpenError};
use crate::identities::roles;
use crate::ledger::sql::Ledger;
use crate::private_file::make_folder;
use crate::sessions::live::Live;
use crate::sign_in::limit_records::LimitRecords;
use crate::sign_in::limits::{Allowances, CAPACITY, SignInLimits};
use crate::sign_in::session_rules::SessionRules;
use crate::vault;
use crate::vault::{KeyFile, KeyFileError, Vault};
use doorward::guard::Unavailable;
use doorward::session::Lifetimes;
use doorward::{Clock, Randomness};
use std::sync::Arc;

/// The key file's name in the data folder.
const KEY_FILE: &str = "vault.key";

/// Why nothing could be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The key file could not be read or made.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The key file is another one.
    #[error(
        "the values in this database are sealed by the vault key {known}, and the key file holds {have}: \
         put the right vault.key into the data folder"
    )]
    OtherKey {
        /// The key that the database knows.
        known: String,
        /// The key that is there.
        have: String,
    },
    /// Not enough memory for passwords.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// The database stopped answering.
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for StartError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Opens everything behind the door.
///
/// # Errors
/// Returns an error if one of the parts cannot be opened.
pub async fn open(config: &Config) -> Result<SqlBackend, StartError> {
    make_folder(&config.data_dir).map_err(OpenError::from)?;
    if !config.database_url.left_out().is_empty() {
        let parameters = config.database_url.left_out().join(", ");
        tracing::warn!(parameters, "parameters of the database address are not used");
    }
    let database = Database::open(config.database_url.expose()).await?;
    let random: Arc<dyn Randomness> = Arc::new(SystemRandomness);
    let vault = open_vault(config, &database, &*random).await?;
    let passwords =
        Passwords::new(config.password_cost, config.password_workers, config.password_queue, Arc::clone(&random))?;
    let clock: Arc<dyn Clock> = Arc::new(SteadyClock::default());
    let lifetimes = Lifetimes { idle: config.session.idle, absolute: config.session.absolute };
    let backend = SqlBackend {
        ledger: Ledger::start(database.clone()),
        live: Live::start(database.clone(), Arc::clone(&clock)),
        database,
        vault: Arc::new(vault),
        passwords: Arc::new(passwords),
        limits: Arc::new(SignInLimits::new(Allowances::PASSWORDS, CAPACITY)),
        code_limits: Arc::new(SignInLimits::new(Allowances::CODES, CAPACITY)),
        limit_records: LimitRecords::default(),
        set_up_done: Arc::default(),
        // Which origin this is, only a server knows.
        issuer: "Doorward".into(),
        origin: "".into(),
        passkeys: None,
        sessions: SessionRules { lifetimes, renewal: config.session.renewal, places: config.session.places },
        clock,
        random,
    };
    roles::bring_up_to_date(&backend).await?;
    Ok(backend)
}

/// The vault, by the key that this database knows. A new key is made for a new database only.
async fn open_vault(config: &Config, database: &Database, random: &dyn Randomness) -> Result<Vault, StartError> {
    let path = config.data_dir.join(KEY_FILE);
    let mut source = Source::writer(database).await?;
    let known = vault::sql::known(&mut source).await?;
    if let Some(known) = &known
        && !path.exists()
    {
        return Err(StartError::OtherKey { known: known.clone(), have: "nothing".to_owned() });
    }
    let vault = Vault::new(KeyFile::open_or_create(&path, random)?);
    match known {
        None => vault::sql::add(&mut source, vault.key_id()).await?,
        Some(known) if known == vault.key_id() => {}
        Some(known) => return Err(StartError::OtherKey { known, have: vault.key_id().to_owned() }),
    }
    source.commit().await?;
    Ok(vault)
}
