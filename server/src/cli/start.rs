//! What every command needs: the database, the vault, the password pool.

use crate::account::password::{PasswordError, Passwords};
use crate::backend::SqlBackend;
use crate::cli::settings::Config;
use crate::clock::{SteadyClock, SystemRandomness};
use crate::db::{Database, OpenError};
use crate::identities::roles;
use crate::ledger::sql::Ledger;
use crate::private_file::make_folder;
use crate::sessions::live::Live;
use crate::sign_in::limit_records::LimitRecords;
use crate::sign_in::limits::{Allowances, CAPACITY, SignInLimits};
use crate::sign_in::session_rules::SessionRules;
use crate::vault;
use crate::vault::open::OpenVaultError;
use doorward::guard::Unavailable;
use doorward::session::Lifetimes;
use doorward::{Clock, Randomness};
use std::sync::Arc;

/// Why nothing could be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database could not be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The vault's keys are missing, or are others.
    #[error(transparent)]
    Vault(#[from] OpenVaultError),
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
    let vault = vault::open::open(&config.vault_keys, &database, &*random).await?;
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
        exchange_limits: Arc::new(SignInLimits::new(Allowances::EXCHANGES, CAPACITY)),
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
