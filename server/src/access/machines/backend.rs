//! The store behind the pages for service accounts.

use crate::access::machines::changes::by;
use crate::access::machines::presented;
use crate::access::machines::sql::{self, Listed};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities::people;
use crate::sessions::list;
use crate::sessions::revocations;
use crate::unit::SqlUnit;
use crate::{identities, secrets};
use app::access::policy::machines::{
    AcceptMachine, AddMachine, AskToAddMachine, DisableMachine, EndMachineSession, LIST, ListMachines, MakeCredential,
    OfferMachine, ReadMachine, ReadOwnRights, RevokeCredential,
};
use app::access::store::machines::{
    MachineChoices, MachineDetail, MachineError, MachineListing, Machines, MadeCredential, NewMachine,
};
use app::backend::{Permit, StoreError};
use app::identities::policy::{EnableIdentity, ReadIdentity};
use app::ledger::policy::ReadLedger;
use app::sessions::scope::Scope;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Bounds, IdentityId, RevocationId, TimeSpan};

async fn end_with<T>(source: Source, done: &Result<T, MachineError>) -> Result<(), Unavailable> {
    match done {
        Ok(_) => source.commit().await,
        Err(_) => source.undo(Outcome::Invalid).await,
    }
}

#[async_trait]
impl Machines for SqlBackend {
    async fn machines(&self, permit: Permit<ListMachines>) -> Result<MachineListing, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let sees_all = who.holds(LIST).everywhere().allows();
        let listed = if sees_all { Listed::All } else { Listed::Of(who.identity) };
        let narrowed = (asked.matching.as_str(), asked.orphaned);
        let (rows, total) =
            sql::page(&mut self.reader(), (listed, narrowed), (asked.sort, asked.page), who.now).await?;
        Ok(MachineListing { rows, total, may_add: AskToAddMachine.decide(who, &()).allows(), sees_all })
    }

    async fn machine_choices(&self, _: Permit<AskToAddMachine>) -> Result<MachineChoices, StoreError> {
        let mut source = self.reader();
        Ok(MachineChoices {
            people: identities::sql::names(&mut source).await?,
            environments: secrets::environments::names(&mut source).await?,
        })
    }

    async fn add_machine(&self, permit: Permit<AddMachine>, new: NewMachine) -> Result<IdentityId, MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = self.add_new_machine(&mut source, &spent.action, &new, &spent.principal).await?;
        end_with(source, &done).await?;
        done
    }

    async fn machine(&self, permit: Permit<ReadMachine>) -> Result<MachineDetail, StoreError> {
        let (who, id) = (permit.principal(), permit.action().id);
        let mut source = self.reader();
        let row = sql::one(&mut source, id, who.now).await?.ok_or(StoreError::Gone)?;
        let facts = sql::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let identity = people::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let make = MakeCredential { id, label: String::new(), lasts: TimeSpan(0), overlap: TimeSpan(0) };
        let may_end = DisableMachine { id }.decide(who, &facts).allows();
        let people = if may_end { identities::sql::names(&mut source).await? } else { Vec::new() };
        Ok(MachineDetail {
            credentials: sql::credentials(&mut source, id).await?,
            sessions: list::own(&mut source, id, who.now).await?,
            roles: people::one(&mut source, id, who.now).await?.map(|row| row.roles).unwrap_or_default(),
            offered_to: sql::offered_to(&mut source, id).await?,
            may_make_credential: make.decide(who, &facts).allows(),
            may_end,
            may_enable: EnableIdentity { id }.decide(who, &identity).allows(),
            may_accept: AcceptMachine { id }.decide(who, &facts).allows(),
            may_see_account: ReadIdentity { id }.decide(who, &identity).allows(),
            may_read_ledger: who.holds(ReadLedger::NAME).somewhere().allows(),
            people: people.into_iter().filter(|named| *named.name != *who.name).collect(),
            row,
        })
    }

    async fn make_credential(
        &self,
        permit: Permit<MakeCredential>,
        form: Option<&str>,
    ) -> Result<MadeCredential, MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = self.make_new_credential(&mut source, &spent.action, form, &spent.principal).await?;
        end_with(source, &done).await?;
        done
    }

    async fn revoke_credential(&self, permit: Permit<RevokeCredential>) -> Result<(), MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let (RevokeCredential { id, credential }, now) = (spent.action, spent.principal.now);
        let facts = sql::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        // An exchange that is under way finishes before this, or finds the credential revoked.
        let revoked = sql::revoke(&mut source, id, credential, now).await?;
        let ended = self.end_sessions_of(&mut source, (id, &facts.name), credential, now).await?;
        let done = if revoked { Ok(()) } else { Err(MachineError::Already) };
        end_with(source, &done).await?;
        ended.into_iter().for_each(|revocation| self.live.wake(revocation));
        done
    }

    async fn end_machine_session(&self, permit: Permit<EndMachineSession>) -> Result<(), MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let (EndMachineSession { id, session }, who) = (spent.action, spent.principal);
        if !sql::is_session_of(&mut source, session, id).await? {
            source.undo(Outcome::Invalid).await?;
            return Err(MachineError::Already);
        }
        let revocation = RevocationId::new(who.now, &*self.random);
        revocations::end(&mut source, revocation, &Scope::Session(session), &by(&who), who.now).await?;
        source.commit().await?;
        self.live.wake(revocation);
        Ok(())
    }

    async fn disable_machine(&self, permit: Permit<DisableMachine>) -> Result<RevocationId, MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let (id, who) = (spent.action.id, spent.principal);
        identities::sql::lock(&mut source, id).await?;
        let facts = sql::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        if !identities::sql::freeze(&mut source, id, who.now).await? {
            source.undo(Outcome::Invalid).await?;
            return Err(MachineError::Already);
        }
        let revocation = RevocationId::new(who.now, &*self.random);
        revocations::end(&mut source, revocation, &Scope::Identity(facts.name), &by(&who), who.now).await?;
        source.commit().await?;
        self.live.wake(revocation);
        Ok(revocation)
    }

    async fn offer_machine(&self, permit: Permit<OfferMachine>) -> Result<(), MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = self.offer_to(&mut source, &spent.action, &spent.principal).await?;
        end_with(source, &done).await?;
        done
    }

    async fn own_bounds(&self, permit: Permit<ReadOwnRights>) -> Result<Bounds, StoreError> {
        Ok(presented::bounds_of(&mut self.reader(), permit.principal().session).await?)
    }

    async fn accept_machine(&self, permit: Permit<AcceptMachine>) -> Result<(), MachineError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = self.take_over(&mut source, &spent.action, &spent.principal).await?;
        end_with(source, &done).await?;
        self.live.wake(done?);
        Ok(())
    }
}
