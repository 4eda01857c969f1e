//! The stores behind the pages for other people's accounts.

use crate::account::backend::held;
use crate::account::changes::unavailable;
use crate::account::{notices, one_time_codes, passkeys, recovery_codes};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use crate::identities::changes::give;
use crate::identities::{given_roles, people};
use crate::secrets;
use crate::sessions::revocations::{self, By};
use crate::unit::SqlUnit;
use app::account::notices::NoticeKind;
use app::account::store::{MethodError, SecondFactors};
use app::backend::{Permit, StoreError};
use app::identities::policy::{
    AddIdentity, AskToAddIdentity, AskToResetMethods, DisableIdentity, EnableIdentity, GiveRole, InviteAgain,
    ListIdentities, ReadIdentity, RenameIdentity, ResetMethods, ResetPassword, TakeRole,
};
use app::identities::store::{
    ChangeError, Identities, IdentityDetail, IdentityFacts, IdentityListing, Invitation, InvitationError, Invitations,
    Invited, MethodReset, ResetPreview, RoleChoices,
};
use app::ledger::policy::ReadLedger;
use app::page::Sort;
use app::sessions::policy::ListSessions;
use app::sessions::scope::Scope;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::ledger::Outcome;
use doorward::{DisplayName, IdentityId, Principal, RevocationId, SecretText, Within};

impl SqlBackend {
    /// Removes every second factor of the person with this name, and ends their sessions. Their
    /// password stays.
    async fn reset(
        &self,
        source: &mut Source,
        by: &Principal,
        name: &str,
    ) -> Result<Result<MethodReset, MethodError>, Unavailable> {
        let Some((identity, display_name)) = identities::sql::person(source, name).await? else {
            return Ok(Err(MethodError::Nothing));
        };
        // A request that is adding a second factor either finishes before this, or finds its
        // session ended.
        identities::sql::lock(source, identity).await?;
        let removed = held(source, identity).await?;
        if removed == SecondFactors::default() {
            return Ok(Err(MethodError::NoSecondFactor));
        }
        one_time_codes::sql::remove_all(source, identity).await?;
        passkeys::sql::remove_all(source, identity).await?;
        recovery_codes::sql::remove(source, identity).await?;
        identities::sql::note_second_factor(source, identity).await?;
        let about = format!("{} removed your second factors and ended your sessions", by.display_name);
        notices::add(source, identity, NoticeKind::MethodChanged, &about, by.now, &*self.random).await?;
        let revocation = RevocationId::new(by.now, &*self.random);
        let ends = By { identity: Some(by.identity), name: by.display_name.to_string(), spare: None };
        revocations::end(source, revocation, &Scope::Identity(name.to_owned()), &ends, by.now).await?;
        Ok(Ok(MethodReset { revocation, display_name, removed }))
    }
}

#[async_trait]
impl Identities for SqlBackend {
    async fn preview_reset(&self, permit: Permit<AskToResetMethods>) -> Result<Option<ResetPreview>, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let Some(name) = &asked.whose else { return Ok(None) };
        let mut source = self.reader();
        let Some((identity, display_name)) = identities::sql::person(&mut source, name).await? else {
            return Ok(None);
        };
        let held = held(&mut source, identity).await?;
        let scope = Scope::Identity(name.clone());
        let sessions = revocations::preview(&mut source, &scope, who.session, who.now).await?.sessions;
        Ok(Some(ResetPreview { name: name.clone(), display_name, held, sessions }))
    }

    async fn reset_methods(&self, permit: Permit<ResetMethods>) -> Result<MethodReset, MethodError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(unavailable)?;
        let reset = self.reset(&mut source, &spent.principal, &spent.action.whose).await.map_err(unavailable)?;
        let ended = match reset {
            Ok(_) => source.commit().await,
            Err(_) => source.undo(Outcome::Invalid).await,
        };
        ended.map_err(unavailable)?;
        let done = reset?;
        self.live.wake(done.revocation);
        Ok(done)
    }

    async fn identities(&self, permit: Permit<ListIdentities>) -> Result<IdentityListing, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let (rows, total) =
            people::page(&mut self.reader(), &asked.matching, (asked.sort, asked.page), who.now).await?;
        Ok(IdentityListing { rows, total, may_add: AskToAddIdentity.decide(who, &()).allows() })
    }

    async fn identity(&self, permit: Permit<ReadIdentity>) -> Result<IdentityDetail, StoreError> {
        let (who, id) = (permit.principal(), permit.action().id);
        let mut source = self.reader();
        let row = people::one(&mut source, id, who.now).await?.ok_or(StoreError::Gone)?;
        let facts = people::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let give = GiveRole { id, role: String::new(), within: Within::Everywhere, lasts: None };
        let may_give = give.decide(who, &facts).allows();
        let choices = if may_give {
            RoleChoices {
                roles: people::purposes(&mut source).await?,
                environments: secrets::environments::names(&mut source).await?,
            }
        } else {
            RoleChoices::default()
        };
        Ok(IdentityDetail {
            may_rename: may_rename(who, &facts),
            may_invite: InviteAgain { id }.decide(who, &facts).allows(),
            may_disable: DisableIdentity { id }.decide(who, &facts).allows(),
            may_reset: ResetPassword { id }.decide(who, &facts).allows(),
            may_give,
            may_see_sessions: ListSessions { matching: String::new(), sort: Sort::default(), page: 1 }
                .decide(who, &())
                .allows(),
            may_read_ledger: who.holds(ReadLedger::NAME).somewhere().allows(),
            choices,
            row,
        })
    }

    async fn add_identity(
        &self,
        permit: Permit<AddIdentity>,
        form: Option<&str>,
    ) -> Result<(IdentityId, Invitation), ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let (action, who) = (spent.action, spent.principal);
        let id = IdentityId::new(who.now, &*self.random);
        let added = self.add_person(&mut source, id, &action, &who, form).await?;
        end_with(source, &added).await?;
        added.map(|invitation| (id, invitation))
    }

    async fn invite(&self, permit: Permit<InviteAgain>, form: Option<&str>) -> Result<Invitation, ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let made = self.link_for_password(&mut source, spent.action.id, &spent.principal, (false, form)).await?;
        end_with(source, &made).await?;
        made
    }

    async fn reset_password(
        &self,
        permit: Permit<ResetPassword>,
        form: Option<&str>,
    ) -> Result<Invitation, ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let made = self.link_for_password(&mut source, spent.action.id, &spent.principal, (true, form)).await?;
        end_with(source, &made).await?;
        made
    }

    async fn rename_identity(&self, permit: Permit<RenameIdentity>) -> Result<(), ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let RenameIdentity { id, to } = spent.action;
        let facts = people::facts(&mut source, id).await?.ok_or(StoreError::Gone)?;
        people::rename(&mut source, id, &facts.name, &to).await?;
        Ok(source.commit().await?)
    }

    async fn disable(&self, permit: Permit<DisableIdentity>) -> Result<RevocationId, ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = self.disable_identity(&mut source, spent.action.id, &spent.principal).await?;
        end_with(source, &done).await?;
        let revocation = done?;
        self.live.wake(revocation);
        Ok(revocation)
    }

    async fn enable(&self, permit: Permit<EnableIdentity>) -> Result<(), ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let enabled = people::enable(&mut source, spent.action.id).await?;
        let done = if enabled { Ok(()) } else { Err(ChangeError::Already) };
        end_with(source, &done).await?;
        done
    }

    async fn give_role(&self, permit: Permit<GiveRole>) -> Result<(), ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let done = give(&mut source, &spent.action, &spent.principal).await?;
        end_with(source, &done).await?;
        done
    }

    async fn take_role(&self, permit: Permit<TakeRole>) -> Result<(), ChangeError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        let TakeRole { id, role, within } = &spent.action;
        identities::sql::lock(&mut source, *id).await?;
        let done = match given_roles::take(&mut source, *id, role, within).await? {
            false => Err(ChangeError::Already),
            true if given_roles::somebody_may_give(&mut source).await? => Ok(()),
            true => Err(ChangeError::LastAdministrator),
        };
        end_with(source, &done).await?;
        if done.is_ok() {
            self.live.look_at(*id);
        }
        done
    }
}

fn may_rename(who: &Principal, facts: &IdentityFacts) -> bool {
    let to = DisplayName::parse(&facts.name);
    to.is_ok_and(|to| RenameIdentity { id: facts.id, to }.decide(who, facts).allows())
}

/// Commits a change that was made, and undoes one that was not.
pub(super) async fn end_with<T>(source: Source, done: &Result<T, ChangeError>) -> Result<(), Unavailable> {
    match done {
        Ok(_) => source.commit().await,
        Err(_) => source.undo(Outcome::Invalid).await,
    }
}

#[async_trait]
impl Invitations for SqlBackend {
    async fn invitation(&self, asked: &Asked, code: &SecretText) -> Result<Invited, InvitationError> {
        self.count_invitation_try(asked).await?;
        match self.invited_by(asked, code).await {
            Err(InvitationError::BadCode) => Err(self.refuse_invitation(asked).await),
            found => found,
        }
    }

    async fn invitation_again(&self, asked: &Asked, code: &SecretText) -> Result<Invited, InvitationError> {
        self.invited_by(asked, code).await
    }

    async fn accept(&self, asked: &Asked, code: &SecretText, password: SecretText) -> Result<Invited, InvitationError> {
        self.accept_invitation(asked, code, password).await
    }
}
