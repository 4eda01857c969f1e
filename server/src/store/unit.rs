//! A unit of work over the database: what the guard sees of it.

use super::ledger::{self, Ledger};
use super::{Database, Source, secrets, sessions};
use app::store::{SecretFacts, Unit};
use doorward::guard::{Found, HandleHash, Pending, Unavailable, UnitOfWork};
use doorward::ledger::AuditEntry;
use doorward::session::Session;
use doorward::{Moment, Principal, Randomness, RecordId, SecretId};
use std::any::Any;
use std::sync::Arc;

/// A reader whose records go through the ledger's queue, or a transaction that holds its own.
pub struct SqlUnit {
    database: Database,
    ledger: Ledger,
    random: Arc<dyn Randomness>,
    source: Source,
}

impl SqlUnit {
    /// A unit that reads.
    #[must_use]
    pub fn reader(database: &Database, ledger: &Ledger, random: &Arc<dyn Randomness>) -> Self {
        let source = Source::reader(database);
        Self { database: database.clone(), ledger: ledger.clone(), random: Arc::clone(random), source }
    }

    /// A unit that is one transaction.
    ///
    /// # Errors
    /// Where the database does not answer in time.
    pub async fn transaction(
        database: &Database,
        ledger: &Ledger,
        random: &Arc<dyn Randomness>,
    ) -> Result<Self, Unavailable> {
        let source = Source::writer(database).await?;
        Ok(Self { database: database.clone(), ledger: ledger.clone(), random: Arc::clone(random), source })
    }

    /// The transaction of a unit that a permit carried.
    ///
    /// # Errors
    /// Where the unit is not of this store.
    pub fn source_of(unit: Box<dyn Unit>) -> Result<Source, Unavailable> {
        let unit: Box<dyn Any> = unit;
        unit.downcast::<Self>().map(|unit| unit.source).map_err(|_| Unavailable)
    }
}

impl UnitOfWork for SqlUnit {
    fn new_record(&self, now: Moment) -> RecordId {
        RecordId::new(now, &*self.random)
    }

    fn session<'a>(&'a mut self, handle: &'a HandleHash, now: Moment) -> Pending<'a, Option<Found>> {
        Box::pin(sessions::find(&mut self.source, handle, now))
    }

    fn note_use<'a>(&'a mut self, session: &'a Session, now: Moment) -> Pending<'a, ()> {
        Box::pin(sessions::note_use(&self.database, &mut self.source, session.id, now))
    }

    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()> {
        Box::pin(async move {
            match &self.source {
                Source::Reader(_) => {
                    self.source.rest();
                    self.ledger.append(entry).await
                }
                Source::Writer(..) => ledger::append_in(&mut self.source, &entry).await,
            }
        })
    }

    fn commit(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(self.source.commit())
    }
}

impl Unit for SqlUnit {
    fn secret_facts<'a>(&'a mut self, id: &'a SecretId, who: &'a Principal) -> Pending<'a, Option<SecretFacts>> {
        Box::pin(secrets::facts(&mut self.source, *id, who))
    }
}
