//! The stores as pages see them: each method takes a permit and reads or writes what the permit
//! names.

mod change;
pub mod unit;

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
use doorward::ledger::{AuditEntry, Channel, Outcome};
use doorward::{Clock, Randomness, RecordId, Timestamp};
use std::sync::{Arc, OnceLock};

pub(crate) use change::{NotMade, change, once};

/// Everything that store methods need.
#[derive(Clone)]
pub struct SqlBackend {
    pub database: Database,
    /// Where decisions are recorded.
    pub ledger: Ledger,
    /// Encrypts and decrypts secret values.
    pub vault: Arc<Vault>,
    /// Hashes passwords.
    pub passwords: Arc<Passwords>,
    /// The limits on sign-in attempts.
    pub limits: Arc<SignInLimits>,
    /// The limits on attempts at one-time codes.
    pub code_limits: Arc<SignInLimits>,
    /// The limits on exchanges of client secrets.
    pub exchange_limits: Arc<SignInLimits>,
    /// Refusals by these limits, which are recorded in summary.
    pub limit_records: LimitRecords,
    /// Set once any identity exists, because set-up is closed from then on.
    pub set_up_done: Arc<OnceLock<()>>,
    /// The name that authenticator apps show for this instance.
    pub issuer: Arc<str>,
    /// The origin of links that people get, for example `https://doorward.example`.
    pub origin: Arc<str>,
    /// The passkey configuration, if this origin supports passkeys.
    pub passkeys: Option<Arc<Passkeys>>,
    /// The session lifetimes and rotation period.
    pub sessions: SessionRules,
    /// Tells open tabs that their session has ended.
    pub live: Live,
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Arc<dyn Randomness>,
}

impl SqlBackend {
    pub(crate) fn reader(&self) -> Source {
        Source::reader(&self.database)
    }

    /// Returns a reader for long queries. It takes no connection from the guard.
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

/// A record of something that the command line did: whoever can run it holds the database.
pub(crate) fn by_command(backend: &SqlBackend, action: &str, resource: String, parameters: String) -> AuditEntry {
    let now = backend.clock.now();
    record_of_command((backend.ledger.new_id(now, &*backend.random), now), action, resource, parameters)
}

/// The same, for a command that has no backend yet.
pub(crate) fn record_of_command(
    (id, now): (RecordId, Timestamp),
    action: &str,
    resource: String,
    parameters: String,
) -> AuditEntry {
    AuditEntry {
        resource,
        parameters,
        allowed: true,
        code: "command_line".to_owned(),
        words: "from the server’s command line".to_owned(),
        entry: Channel::Command,
        outcome: Some(Outcome::Done),
        ..AuditEntry::new(id, now, action)
    }
}
