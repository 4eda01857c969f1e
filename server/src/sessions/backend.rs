//! The stores behind the pages for sessions, revocations and notices.

use crate::account::notices;
use crate::backend::{SqlBackend, change};
use crate::identities;
use crate::sessions::revocations::{self, By};
use crate::sessions::{list, remembered};
use app::account::notices::NoticeKind;
use app::backend::Permit;
use app::backend::StoreError;
use app::identities::policy::ResetMethods;
use app::sessions;
use app::sessions::policy::{EndOwnSessions, EndSession, ListOwnSessions, PreviewRevocation, REVOKE, Revoke};
use app::sessions::revocations::{EndChoices, Revocation, Revocations};
use app::sessions::scope::Scope;
use app::sessions::store::{OwnSessions, Remembered, SessionListing, Sessions};
use app::sign_in;
use async_trait::async_trait;
use doorward::action::{Action, Write};
use doorward::guard::Asked;
use doorward::{Principal, RevocationId, SecretText, SessionId};

impl SqlBackend {
    /// Ends the sessions of a scope in the transaction that decided it, then wakes the task that
    /// tells their tabs. The scope is made from what was granted, and so is the session to spare.
    async fn end<A: Action<Effect = Write>>(
        &self,
        permit: Permit<A>,
        what: impl FnOnce(&A, &Principal) -> (Scope, Option<SessionId>),
    ) -> Result<RevocationId, StoreError> {
        let ended = change(permit, async |source, granted| {
            let who = granted.principal;
            let (scope, spare) = what(&granted.action, &who);
            let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare };
            let id = RevocationId::new(who.now, &*self.random);
            let identity = revocations::end(source, id, &scope, &by, who.now).await?;
            if let Some(identity) = identity.filter(|identity| *identity != who.identity) {
                notices::add(source, identity, NoticeKind::SessionsEnded, &by.name, who.now, &*self.random).await?;
            }
            Ok(id)
        });
        ended.await.inspect(|id| self.live.wake(*id))
    }
}

#[async_trait]
impl Sessions for SqlBackend {
    async fn end_own(&self, permit: Permit<sign_in::policy::EndOwnSession>) -> Result<(), StoreError> {
        self.end(permit, |_, who| (Scope::Session(who.session), None)).await.map(drop)
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
        self.end(permit, |action, _| (Scope::Session(action.id), None)).await
    }

    async fn end_own_sessions(&self, permit: Permit<EndOwnSessions>) -> Result<RevocationId, StoreError> {
        let own = |who: &Principal| Scope::Identity(who.name.to_string());
        self.end(permit, |action, who| (own(who), action.others_only.then_some(who.session))).await
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
        self.end(permit, |action, who| (action.scope.clone(), action.spare_this.then_some(who.session))).await
    }

    async fn revocation(&self, permit: Permit<sessions::policy::ReadRevocation>) -> Result<Revocation, StoreError> {
        revocations::one(&mut self.reader(), permit.action().id).await?.ok_or(StoreError::Gone)
    }
}
