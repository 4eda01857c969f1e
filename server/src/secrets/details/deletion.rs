//! Deletes secrets for good once their time is up.

use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Database, Row, broken, unavailable};
use crate::ledger::sql::Ledger;
use crate::secrets::details::sql;
use crate::{ledger, lockable, secrets};
use app::account::notices::NoticeKind;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{Clock, Environment, Randomness, SecretId, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The interval between two looks.
const EVERY: Duration = Duration::from_secs(60);
/// The name of the record that says that a secret is gone.
const ACTION: &str = "secret.deleted";

const DUE: &str = "select id from secrets where deletes_at is not null and deletes_at <= $1 and archived_at is not null \
     order by deletes_at, id limit 100";
/// Again, in the transaction that deletes: it may have been brought back.
const STILL_DUE: Lockable = lockable!(
    "select id from secrets where id = $1 and deletes_at is not null and deletes_at <= $2 and archived_at is not null",
    "for update"
);

/// What the task needs.
#[derive(Clone)]
pub struct Deletions {
    database: Database,
    ledger: Ledger,
    random: Arc<dyn Randomness>,
}

impl Deletions {
    #[must_use]
    pub fn of(backend: &SqlBackend) -> Self {
        Self { database: backend.database.clone(), ledger: backend.ledger.clone(), random: Arc::clone(&backend.random) }
    }

    /// Deletes every secret that is due at `now`, each in a transaction of its own.
    pub async fn once(&self, now: Timestamp) -> Result<(), Unavailable> {
        let rows = Source::reader(&self.database).all(db::query(DUE).bind(now.0)).await?;
        let read = |row: &Row| SecretId::parse(row.try_get("id")?).map_err(broken);
        let due = rows.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(unavailable)?;
        // One that fails does not keep the others.
        let mut result = Ok(());
        for id in due {
            result = result.and(delete(self, id, now).await);
        }
        result
    }
}

/// Deletes what is due, until all other owners have dropped `clock`.
pub fn start(deletions: Deletions, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            if deletions.once(now).await.is_err() {
                tracing::warn!("secrets that are due could not be deleted; it is tried again in a minute");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

async fn delete(task: &Deletions, id: SecretId, now: Timestamp) -> Result<(), Unavailable> {
    let mut source = Source::writer(&task.database).await?;
    let still_due = db::query(source.text(STILL_DUE)).bind(id.to_string()).bind(now.0);
    if source.optional(still_due).await?.is_none() {
        return Ok(());
    }
    let Some(secret) = secrets::sql::named(&mut source, id).await? else { return Ok(()) };
    sql::forget(&mut source, id).await?;
    let entry = AuditEntry {
        resource: format!("secret:{id}"),
        resource_name: Some(secret.name.clone()),
        environment: Environment::parse(&secret.environment).ok(),
        allowed: true,
        code: "deletion_due".to_owned(),
        words: "it was archived, and the time until its deletion was over".to_owned(),
        outcome: Some(Outcome::Done),
        ..AuditEntry::new(task.ledger.new_id(now, &*task.random), now, ACTION)
    };
    ledger::sql::append_in(&mut source, &entry).await?;
    let (kind, about) = (NoticeKind::Archived, format!("{} was deleted for good", secret.in_words()));
    if !notices::muted(&mut source, secret.owner).await?.contains(&kind) {
        notices::add(&mut source, secret.owner, kind, &about, now, &*task.random).await?;
    }
    source.commit().await
}
