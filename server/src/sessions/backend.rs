//! The stores behind the pages for sessions, revocations and notices.

use crate::account::notices;
use crate::backend::SqlBackend;
use crate::identities;
use crate::sessions::revocations::{self, By};
use crate::sessions::{list, remembered};
use crate::unit::SqlUnit;
use app::account::notices::NoticeKind;
use app::backend::Permit;
use app::backend::{StoreError, Unit};
use app::identities::policy::ResetMethods;
use app::sessions;
use app::sessions::policy::{EndOwnSessions, EndSession, ListOwnSessions, PreviewRevocation, REVOKE, Revoke};
use app::sessions::revocations::{EndChoices, Revocation, Revocations};
use app::sessions::scope::Scope;
use app::sessions::store::{OwnSessions, Remembered, SessionListing, Sessions};
use app::sign_in;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, Unavailable};
use doorward::{Principal, RevocationId, SecretText, SessionId, Timestamp};

impl SqlBackend {
    /// Ends the sessions of a scope in the transaction that decided it, then wakes the task that
    /// tells their tabs.
    async fn end(
        &self,
        unit: Box<dyn Unit>,
        scope: &Scope,
        by: &By,
        now: Timestamp,
    ) -> Result<RevocationId, Unavailable> {
        let mut source = SqlUnit::source_of(unit)?;
        let id = RevocationId::new(now, &*self.random);
        let identity = revocations::end(&mut source, id, scope, by, now).await?;
        if let Some(identity) = identity.filter(|identity| by.identity != Some(*identity)) {
            notices::add(&mut source, identity, NoticeKind::SessionsEnded, &by.name, now, &*self.random).await?;
        }
        source.commit().await?;
        self.live.wake(id);
        Ok(id)
    }
}

#[async_trait]
impl Sessions for SqlBackend {
    async fn end_own(&self, permit: Permit<sign_in::policy::EndOwnSession>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let who = spent.principal;
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare: None };
        self.end(unit, &Scope::Session(who.session), &by, who.now).await?;
        Ok(())
    }

    async fn own_sessions(&self, permit: Permit<ListOwnSessions>) -> Result<OwnSessions, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        Ok(OwnSessions {
            sessions: list::own(&mut source, who.identity, who.now).await?,
            this: who.session,
            last_revocation: revocations::last_of(&mut source, who.identity).await?,
        })
    }

    async fn all_sessions(&self, permit: Permit<sessions::policy::ListSessions>) -> Result<SessionListing, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let mut source = self.reader();
        let (sessions, total) = list::all(&mut source, &asked.matching, (asked.sort, asked.page), who.now).await?;
        let may_end = who.holds(REVOKE).everywhere().allows();
        let may_reset = who.holds(ResetMethods::NAME).everywhere().allows();
        Ok(SessionListing { sessions, total, may_end, may_reset })
    }

    async fn renew_handle(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, StoreError> {
        Ok(self.renew(asked, who).await?)
    }

    async fn remember(&self, session: SessionId, what: Remembered, value: &str) -> Result<(), StoreError> {
        remembered::remember(&self.database, session, what.as_str(), value).await.map_err(|error| lost(&error))
    }

    async fn recall(&self, session: SessionId, what: Remembered) -> Result<Option<String>, StoreError> {
        remembered::recall(&self.database, session, what.as_str()).await.map_err(|error| lost(&error))
    }

    async fn take(&self, session: SessionId, what: Remembered) -> Result<Option<String>, StoreError> {
        remembered::take(&self.database, session, what.as_str()).await.map_err(|error| lost(&error))
    }
}

fn lost(error: &remembered::Failure) -> StoreError {
    tracing::warn!(%error, "what a session remembers could not be read or written");
    StoreError::Unavailable
}

#[async_trait]
impl Revocations for SqlBackend {
    async fn end_session(&self, permit: Permit<EndSession>) -> Result<RevocationId, StoreError> {
        let (spent, unit) = permit.into_transaction();
        let who = spent.principal;
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare: None };
        Ok(self.end(unit, &Scope::Session(spent.action.id), &by, who.now).await?)
    }

    async fn end_own_sessions(&self, permit: Permit<EndOwnSessions>) -> Result<RevocationId, StoreError> {
        let (spent, unit) = permit.into_transaction();
        let who = spent.principal;
        let spare = spent.action.others_only.then_some(who.session);
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare };
        Ok(self.end(unit, &Scope::Identity(who.name.to_string()), &by, who.now).await?)
    }

    async fn preview(&self, permit: Permit<PreviewRevocation>) -> Result<EndChoices, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let preview = match &permit.action().scope {
            Some(scope) => Some(revocations::preview(&mut source, scope, who.session, who.now).await?),
            None => None,
        };
        let earlier = revocations::last(&mut source).await?;
        let people = identities::sql::names(&mut source).await?;
        Ok(EndChoices { preview, earlier, people, roles: identities::sql::roles(&mut source).await? })
    }

    async fn revoke(&self, permit: Permit<Revoke>) -> Result<RevocationId, StoreError> {
        let (spent, unit) = permit.into_transaction();
        let who = spent.principal;
        let spare = spent.action.spare_this.then_some(who.session);
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare };
        Ok(self.end(unit, &spent.action.scope, &by, who.now).await?)
    }

    async fn revocation(&self, permit: Permit<sessions::policy::ReadRevocation>) -> Result<Revocation, StoreError> {
        revocations::one(&mut self.reader(), permit.action().id).await?.ok_or(StoreError::Gone)
    }
}
