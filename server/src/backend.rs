//! The stores as the pages see them: each takes the permit, and reads or writes what it names.

use crate::account::passkeys::Passkeys;
use crate::account::password::Passwords;
use crate::db::Database;
use crate::db::transaction::Source;
use crate::ledger::sql::Ledger;
use crate::sessions::live::Live;
use crate::sign_in::limit_records::LimitRecords;
use crate::sign_in::limits::SignInLimits;
use crate::sign_in::session_rules::SessionRules;
use crate::unit::SqlUnit;
use crate::vault::Vault;
use app::backend::{Backend, Unit};
use doorward::guard::{Pending, Unavailable};
use doorward::{Clock, Randomness};
use std::sync::{Arc, OnceLock};

/// Everything behind the door.
#[derive(Clone)]
pub struct SqlBackend {
    /// The database.
    pub database: Database,
    /// Where decisions are written.
    pub ledger: Ledger,
    /// What seals and opens values.
    pub vault: Arc<Vault>,
    /// What hashes passwords.
    pub passwords: Arc<Passwords>,
    /// How often one may try to sign in.
    pub limits: Arc<SignInLimits>,
    /// How often one may try a code.
    pub code_limits: Arc<SignInLimits>,
    /// The refusals by these limits that are recorded as a number.
    pub limit_records: LimitRecords,
    /// Set once somebody is known to exist: set-up is over for good then.
    pub set_up_done: Arc<OnceLock<()>>,
    /// What authenticator apps show above this instance's codes.
    pub issuer: Arc<str>,
    /// The passkeys' ceremonies, where this origin can have them.
    pub passkeys: Option<Arc<Passkeys>>,
    /// What holds for sessions.
    pub sessions: SessionRules,
    /// What tells open tabs that their session has ended.
    pub live: Live,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Randomness>,
}

impl SqlBackend {
    pub(crate) fn reader(&self) -> Source {
        Source::reader(&self.database)
    }

    /// A reader for what may take long; it takes no connection from the guard.
    pub(crate) fn searcher(&self) -> Source {
        Source::searcher(&self.database)
    }

    pub(crate) async fn transaction(&self) -> Result<SqlUnit, Unavailable> {
        SqlUnit::transaction(&self.database, &self.ledger, &self.random).await
    }
}

impl Backend for SqlBackend {
    fn unit(&self, changes: bool) -> Pending<'_, Box<dyn Unit>> {
        Box::pin(async move {
            let unit = if changes {
                self.transaction().await?
            } else {
                SqlUnit::reader(&self.database, &self.ledger, &self.random)
            };
            Ok(Box::new(unit) as Box<dyn Unit>)
        })
    }
}
