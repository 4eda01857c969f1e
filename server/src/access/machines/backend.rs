//! The store behind the pages for service accounts.

use crate::access::machines::changes::by;
use crate::access::machines::sql::{self, Listed};
use crate::access::machines::{credentials, presented};
use crate::backend::{NotMade, SqlBackend, change};
use crate::identities::people;
use crate::sessions::list;
use crate::sessions::revocations;
use crate::{identities, secrets};
use app::access::policy::machines::{
    AcceptMachine, AddKey, AddMachine, AskToAddMachine, DisableMachine, EndMachineSession, LIST, ListMachines,
    MakeCredential, OfferMachine, ReadMachine, ReadOwnRights, RevokeCredential,
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
use doorward::{Bounds, IdentityId, RevocationId, TimeSpan};

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
        let added = change(permit, async |source, granted| {
            self.add_new_machine(source, &granted.action, &new, &granted.principal).await
        });
        added.await
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
            credentials: credentials::last_of(&mut source, id).await?,
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
        let made = change(permit, async |source, granted| {
            self.make_new_credential(source, &granted.action, form, &granted.principal).await
        });
        made.await
    }

    async fn add_key(&self, permit: Permit<AddKey>, form: Option<&str>) -> Result<(), MachineError> {
        let added = change(permit, async |source, granted| {
            self.add_public_key(source, &granted.action, form, &granted.principal).await
        });
        added.await
    }

    async fn revoke_credential(&self, permit: Permit<RevokeCredential>) -> Result<(), MachineError> {
        let revoked = change(permit, async |source, granted| {
            let (RevokeCredential { id, credential }, now) = (granted.action, granted.principal.now);
            let facts = sql::facts(source, id).await?.ok_or(StoreError::Gone)?;
            // An exchange that is under way finishes before this, or finds the credential revoked.
            if !credentials::revoke(source, id, credential, now).await? {
                return Err(NotMade::Invalid(MachineError::Already));
            }
            Ok(self.end_sessions_of(source, (id, &facts.name), credential, now).await?)
        });
        revoked.await?.into_iter().for_each(|revocation| self.live.wake(revocation));
        Ok(())
    }

    async fn end_machine_session(&self, permit: Permit<EndMachineSession>) -> Result<(), MachineError> {
        let ended = change(permit, async |source, granted| {
            let (EndMachineSession { id, session }, who) = (granted.action, granted.principal);
            if !sql::is_session_of(source, session, id).await? {
                return Err(NotMade::Invalid(MachineError::Already));
            }
            let revocation = RevocationId::new(who.now, &*self.random);
            revocations::end(source, revocation, &Scope::Session(session), &by(&who), who.now).await?;
            Ok(revocation)
        });
        self.live.wake(ended.await?);
        Ok(())
    }

    async fn disable_machine(&self, permit: Permit<DisableMachine>) -> Result<RevocationId, MachineError> {
        let disabled = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            identities::sql::lock(source, id).await?;
            let facts = sql::facts(source, id).await?.ok_or(StoreError::Gone)?;
            if !identities::sql::freeze(source, id, who.now).await? {
                return Err(NotMade::Invalid(MachineError::Already));
            }
            let revocation = RevocationId::new(who.now, &*self.random);
            revocations::end(source, revocation, &Scope::Identity(facts.name), &by(&who), who.now).await?;
            Ok(revocation)
        });
        let revocation = disabled.await?;
        self.live.wake(revocation);
        Ok(revocation)
    }

    async fn offer_machine(&self, permit: Permit<OfferMachine>) -> Result<(), MachineError> {
        let offered =
            change(permit, async |source, granted| self.offer_to(source, &granted.action, &granted.principal).await);
        offered.await
    }

    async fn own_bounds(&self, permit: Permit<ReadOwnRights>) -> Result<Bounds, StoreError> {
        Ok(presented::bounds_of(&mut self.reader(), permit.principal().session).await?)
    }

    async fn accept_machine(&self, permit: Permit<AcceptMachine>) -> Result<(), MachineError> {
        let accepted =
            change(permit, async |source, granted| self.take_over(source, &granted.action, &granted.principal).await);
        self.live.wake(accepted.await?);
        Ok(())
    }
}
