//! The stores behind the pages for other people's accounts.

use crate::account::backend::held;
use crate::account::{notices, one_time_codes, passkeys, recovery_codes};
use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::identities;
use crate::identities::changes::give;
use crate::identities::{given_roles, people};
use crate::secrets;
use crate::sessions::revocations::{self, By};
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
use doorward::guard::Asked;
use doorward::{DisplayName, IdentityId, Principal, RevocationId, SecretText, Within};

impl SqlBackend {
    /// Removes every second factor of the person with this name, and ends their sessions. Their
    /// password stays.
    async fn reset(
        &self,
        source: &mut Source,
        by: &Principal,
        name: &str,
    ) -> Result<MethodReset, NotMade<MethodError>> {
        let Some((identity, display_name)) = identities::sql::person(source, name).await? else {
            return Err(NotMade::Invalid(MethodError::Nothing));
        };
        // A request that is adding a second factor either finishes before this, or finds its
        // session ended.
        identities::sql::lock(source, identity).await?;
        let removed = held(source, identity).await?;
        if removed == SecondFactors::default() {
            return Err(NotMade::Invalid(MethodError::NoSecondFactor));
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
        Ok(MethodReset { revocation, display_name, removed })
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
        let reset =
            change(permit, async |source, granted| self.reset(source, &granted.principal, &granted.action.whose).await);
        let done = reset.await?;
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
        let added = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            let id = IdentityId::new(who.now, &*self.random);
            let added = self.add_person(source, id, &action, &who, form).await?;
            Ok((id, added))
        });
        added.await
    }

    async fn invite(&self, permit: Permit<InviteAgain>, form: Option<&str>) -> Result<Invitation, ChangeError> {
        let made = change(permit, async |source, granted| {
            self.link_for_password(source, granted.action.id, &granted.principal, (false, form)).await
        });
        made.await
    }

    async fn reset_password(
        &self,
        permit: Permit<ResetPassword>,
        form: Option<&str>,
    ) -> Result<Invitation, ChangeError> {
        let made = change(permit, async |source, granted| {
            self.link_for_password(source, granted.action.id, &granted.principal, (true, form)).await
        });
        made.await
    }

    async fn rename_identity(&self, permit: Permit<RenameIdentity>) -> Result<(), ChangeError> {
        let renamed = change(permit, async |source, granted| {
            let RenameIdentity { id, to } = granted.action;
            let facts = people::facts(source, id).await?.ok_or(StoreError::Gone)?;
            Ok(people::rename(source, id, &facts.name, &to).await?)
        });
        renamed.await
    }

    async fn disable(&self, permit: Permit<DisableIdentity>) -> Result<RevocationId, ChangeError> {
        let disabled = change(permit, async |source, granted| {
            self.disable_identity(source, granted.action.id, &granted.principal).await
        });
        let revocation = disabled.await?;
        self.live.wake(revocation);
        Ok(revocation)
    }

    async fn enable(&self, permit: Permit<EnableIdentity>) -> Result<(), ChangeError> {
        let enabled = change(permit, async |source, granted| {
            let enabled = people::enable(source, granted.action.id).await?;
            enabled.then_some(()).ok_or(NotMade::Invalid(ChangeError::Already))
        });
        enabled.await
    }

    async fn give_role(&self, permit: Permit<GiveRole>) -> Result<(), ChangeError> {
        let given = change(permit, async |source, granted| give(source, &granted.action, &granted.principal).await);
        given.await
    }

    async fn take_role(&self, permit: Permit<TakeRole>) -> Result<(), ChangeError> {
        let whose = permit.action().id;
        let taken = change(permit, async |source, granted| {
            let TakeRole { id, role, within } = &granted.action;
            identities::sql::lock(source, *id).await?;
            if !given_roles::take(source, *id, role, within).await? {
                return Err(NotMade::Invalid(ChangeError::Already));
            }
            let stays = given_roles::somebody_may_give(source).await?;
            stays.then_some(()).ok_or(NotMade::Invalid(ChangeError::LastAdministrator))
        });
        taken.await?;
        self.live.look_at(whose);
        Ok(())
    }
}

fn may_rename(who: &Principal, facts: &IdentityFacts) -> bool {
    let to = DisplayName::parse(&facts.name);
    to.is_ok_and(|to| RenameIdentity { id: facts.id, to }.decide(who, facts).allows())
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
