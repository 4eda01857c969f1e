//! The guard's unit of work, implemented on the database.

use crate::access::{incidents, machines, roles};
use crate::clock::since_start;
use crate::db::Database;
use crate::db::transaction::Source;
use crate::deliveries;
use crate::identities::{groups, people};
use crate::ledger::sql::Ledger;
use crate::ledger::{self, row};
use crate::observe::counted;
use crate::secrets;
use crate::sessions::endings::{Cause, Ending, Endings};
use crate::sessions::{self, handles, list, revocations};
use app::access::store::IncidentFacts;
use app::access::store::machines::MachineFacts;
use app::access::store::roles::RoleFacts;
use app::backend::Unit;
use app::deliveries::store::DeliveryFacts;
use app::identities::store::IdentityFacts;
use app::identities::store::groups::GroupFacts;
use app::ledger::store::RecordFacts;
use app::secrets::store::{EnvironmentFacts, SecretFacts};
use app::sessions::revocations::RevocationFacts;
use app::sessions::store::SessionFacts;
use doorward::guard::{Consequence, Continuation, HandleHash, Pending, SessionAndPrincipal, Unavailable, UnitOfWork};
use doorward::ledger::{AuditEntry, Outcome};
use doorward::session::Session;
use doorward::{
    ClientOrigin, DeliveryId, Environment, GroupId, IdentityId, IncidentId, Principal, Randomness, RecordId,
    RevocationId, RoleName, SecretId, SessionId, Timestamp,
};
use std::any::Any;
use std::sync::Arc;

/// A reader whose records go through the ledger's queue, or a transaction that keeps its own
/// records.
pub struct SqlUnit {
    database: Database,
    ledger: Ledger,
    random: Arc<dyn Randomness>,
    source: Source,
}

impl SqlUnit {
    /// Returns a unit that reads.
    #[must_use]
    pub fn reader(database: &Database, ledger: &Ledger, random: &Arc<dyn Randomness>) -> Self {
        let source = Source::reader(database);
        Self { database: database.clone(), ledger: ledger.clone(), random: Arc::clone(random), source }
    }

    /// Begins a unit that is one transaction.
    pub async fn transaction(
        database: &Database,
        ledger: &Ledger,
        random: &Arc<dyn Randomness>,
    ) -> Result<Self, Unavailable> {
        let source = Source::writer(database).await?.with_queue(ledger);
        Ok(Self { database: database.clone(), ledger: ledger.clone(), random: Arc::clone(random), source })
    }

    /// Returns the source, for statements that run before anything is decided.
    pub(crate) const fn source(&mut self) -> &mut Source {
        &mut self.source
    }

    /// Returns the transaction that a permit carried. Returns an error if the unit is not of this
    /// store.
    pub(super) fn source_of(unit: Box<dyn Unit>) -> Result<Source, Unavailable> {
        let unit: Box<dyn Any> = unit;
        unit.downcast::<Self>().map(|unit| unit.source).map_err(|_| Unavailable)
    }
}

impl UnitOfWork for SqlUnit {
    fn new_record(&self, now: Timestamp) -> RecordId {
        self.ledger.new_id(now, &*self.random)
    }

    fn session<'a>(&'a mut self, handle: &'a HandleHash, now: Timestamp) -> Pending<'a, Option<SessionAndPrincipal>> {
        Box::pin(sessions::sql::find(&mut self.source, handle, now))
    }

    fn continued(&mut self, answer: Continuation, now: Timestamp) -> Pending<'_, Option<SessionAndPrincipal>> {
        Box::pin(sessions::sql::find_continued(&mut self.source, answer, now))
    }

    fn touch<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()> {
        // Stored together with the record, so that a use costs no separate flush.
        self.ledger.touch(session.id, now);
        Box::pin(async { Ok(()) })
    }

    fn touch_first<'a>(&'a mut self, session: &'a Session, now: Timestamp) -> Pending<'a, ()> {
        Box::pin(handles::touch_first(&self.database, &mut self.source, session, now))
    }

    fn record_with<'a>(
        &'a mut self,
        consequence: Consequence,
        who: &'a Principal,
        place: &'a ClientOrigin,
        entry: AuditEntry,
    ) -> Pending<'a, ()> {
        Box::pin(async move {
            let endings = Endings::new(&self.ledger, &self.random);
            if matches!(self.source, Source::Writer(..)) && consequence == Consequence::CanaryDisclosed {
                let ending = Ending { session: who.session, owner: who.into(), cause: Cause::Canary };
                endings.end(&mut self.source, &ending, &entry, place).await?;
                self.source.record(entry)?;
                // The end stays if the action itself is undone.
                return self.source.begin_effects().await;
            }
            if let Source::Writer(..) = self.source {
                return bring_about(&mut self.source, &endings, consequence, who, place, &entry).await;
            }
            self.source.rest();
            let mut source = Source::writer(&self.database).await?.with_queue(&self.ledger);
            bring_about(&mut source, &endings, consequence, who, place, &entry).await?;
            source.commit().await
        })
    }

    fn record(&mut self, entry: AuditEntry) -> Pending<'_, ()> {
        Box::pin(async move {
            match &self.source {
                Source::Reader(_) => {
                    self.source.rest();
                    let began = since_start();
                    let written = self.ledger.append(entry).await;
                    counted::recording(since_start().saturating_sub(began));
                    written
                }
                Source::Writer(..) => {
                    self.source.record(entry)?;
                    self.source.begin_effects().await
                }
            }
        })
    }

    fn commit(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(self.source.commit())
    }

    fn undo(self: Box<Self>, outcome: Outcome) -> Pending<'static, ()> {
        Box::pin(self.source.undo(outcome))
    }
}

impl Unit for SqlUnit {
    fn secret_facts<'a>(&'a mut self, id: &'a SecretId, who: &'a Principal) -> Pending<'a, Option<SecretFacts>> {
        Box::pin(secrets::sql::facts(&mut self.source, *id, who))
    }

    fn environment_facts<'a>(&'a mut self, name: &'a Environment) -> Pending<'a, Option<EnvironmentFacts>> {
        Box::pin(secrets::environments::facts(&mut self.source, name))
    }

    fn session_facts<'a>(&'a mut self, id: &'a SessionId, who: &'a Principal) -> Pending<'a, Option<SessionFacts>> {
        Box::pin(list::facts(&mut self.source, *id, who))
    }

    fn revocation_facts<'a>(&'a mut self, id: &'a RevocationId) -> Pending<'a, Option<RevocationFacts>> {
        Box::pin(revocations::facts(&mut self.source, *id))
    }

    fn record_facts<'a>(&'a mut self, id: &'a RecordId) -> Pending<'a, Option<RecordFacts>> {
        Box::pin(row::facts(&mut self.source, *id))
    }

    fn identity_facts<'a>(&'a mut self, id: &'a IdentityId) -> Pending<'a, Option<IdentityFacts>> {
        Box::pin(people::facts(&mut self.source, *id))
    }

    fn machine_facts<'a>(&'a mut self, id: &'a IdentityId) -> Pending<'a, Option<MachineFacts>> {
        Box::pin(machines::sql::facts(&mut self.source, *id))
    }

    fn delivery_facts<'a>(&'a mut self, id: &'a DeliveryId) -> Pending<'a, Option<DeliveryFacts>> {
        Box::pin(deliveries::sql::facts(&mut self.source, *id))
    }

    fn group_facts<'a>(&'a mut self, id: &'a GroupId, who: &'a Principal) -> Pending<'a, Option<GroupFacts>> {
        Box::pin(groups::sql::facts(&mut self.source, *id, who))
    }

    fn role_facts<'a>(&'a mut self, name: &'a RoleName, who: &'a Principal) -> Pending<'a, Option<RoleFacts>> {
        Box::pin(roles::backend::facts(&mut self.source, name, who))
    }

    fn incident_facts<'a>(&'a mut self, id: &'a IncidentId) -> Pending<'a, Option<IncidentFacts>> {
        Box::pin(incidents::facts(&mut self.source, *id))
    }
}

/// Writes a record and its consequence in one transaction.
async fn bring_about(
    source: &mut Source,
    endings: &Endings,
    consequence: Consequence,
    who: &Principal,
    place: &ClientOrigin,
    entry: &AuditEntry,
) -> Result<(), Unavailable> {
    let end = |cause| Ending { session: who.session, owner: who.into(), cause };
    match consequence {
        Consequence::Lapsed(ended) => endings.end(source, &end(ended.into()), entry, place).await.map(|_| ())?,
        Consequence::Replayed => endings.end(source, &end(Cause::Replayed), entry, place).await.map(|_| ())?,
        Consequence::CanaryDisclosed => endings.end(source, &end(Cause::Canary), entry, place).await.map(|_| ())?,
        Consequence::RenewalsIgnored => endings.suspect(source, &who.into(), entry, place).await?,
    }
    ledger::sql::append_in(source, entry).await
}
