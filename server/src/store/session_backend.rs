//! Sessions, revocations and notices as the pages see them.

use super::revocations::{self, By};
use super::unit::SqlUnit;
use super::{SqlBackend, flash, incidents, ledger, notices, secrets, session_list};
use app::door::Permit;
use app::pages::dashboard::can::{AcknowledgeIncident, CloseIncident, LIST_INCIDENTS, ReadOverview};
use app::pages::end_sessions::can::{PreviewRevocation, Revoke};
use app::pages::own_sessions::can::{EndOwnSessions, EndSession, ListOwnSessions, REVOKE};
use app::pages::reset_methods::can::ResetMethods;
use app::pages::secret::can::{RevealSecret, RotateSecret};
use app::pages::secret_section::can::{INVENTORY, ReadSecret};
use app::pages::{all_sessions, inbox, revocation, sign_out};
use app::store::{
    Notice, NoticeKind, Notices, Overview, OwnSessions, Preview, Reach, Revocation, RevocationRow, Revocations, Scope,
    SessionListing, Sessions, StoreError, Unit,
};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::guard::{Asked, HandleHash, Unavailable};
use doorward::{Environment, Moment, Principal, RevocationId, SecretText};

/// Decisions that the overview shows.
const LAST_DECISIONS: i64 = 10;

impl SqlBackend {
    /// Ends the sessions of a scope in the transaction that decided it, then wakes whoever tells their tabs.
    async fn end(&self, unit: Box<dyn Unit>, scope: &Scope, by: &By, now: Moment) -> Result<RevocationId, Unavailable> {
        let mut source = SqlUnit::source_of(unit)?;
        let id = RevocationId::new(now, &*self.random);
        let whose = revocations::end(&mut source, id, scope, by, now).await?;
        if let Some(whose) = whose.filter(|whose| by.identity != Some(*whose)) {
            notices::add(&mut source, whose, NoticeKind::SessionsEnded, &by.name, now, &*self.random).await?;
        }
        source.commit().await?;
        self.live.wake(id);
        Ok(id)
    }
}

#[async_trait]
impl Sessions for SqlBackend {
    async fn overview(&self, permit: Permit<ReadOverview>) -> Result<Overview, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let session = session_list::one(&mut source, who.session, who.now).await?.ok_or(StoreError::Gone)?;
        let decisions =
            ledger::last_of(&mut source, who.identity, permit.action().checks.on_a_page(), LAST_DECISIONS).await?;
        let mut reach = Vec::new();
        for environment in secrets::environments(&mut source).await? {
            let permissions = permissions_within(who, &environment);
            if !permissions.is_empty() {
                let secrets = secrets::count_within(&mut source, &environment, who).await?;
                reach.push(Reach { environment, secrets, permissions });
            }
        }
        let sees_all_incidents = who.holds(LIST_INCIDENTS).everywhere().allows();
        let whose = (!sees_all_incidents).then_some(who.identity);
        let incidents = incidents::still_open(&mut source, whose, who.identity).await?;
        let earlier_incidents = incidents::earlier(&mut source, whose, who.identity).await?;
        let may_close_incidents = who.holds(CloseIncident::NAME).everywhere().allows();
        Ok(Overview {
            reach,
            session,
            decisions,
            incidents,
            earlier_incidents,
            may_close_incidents,
            sees_all_incidents,
            unread: who.unread,
        })
    }

    async fn end_own(&self, permit: Permit<sign_out::can::EndOwnSession>) -> Result<(), StoreError> {
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
            sessions: session_list::own(&mut source, who.identity, who.now).await?,
            this: who.session,
            last_revocation: revocations::last_of(&mut source, who.identity).await?,
        })
    }

    async fn all_sessions(
        &self,
        permit: Permit<all_sessions::can::ListSessions>,
    ) -> Result<SessionListing, StoreError> {
        let (who, asked) = (permit.principal(), permit.action());
        let mut source = self.reader();
        let (sessions, total) = session_list::all(&mut source, &asked.matching, asked.page, who.now).await?;
        let may_end = who.holds(REVOKE).everywhere().allows();
        let may_reset = who.holds(ResetMethods::NAME).everywhere().allows();
        Ok(SessionListing { sessions, total, may_end, may_reset })
    }

    async fn renew_handle(&self, asked: &Asked, who: &Principal) -> Result<Option<SecretText>, StoreError> {
        Ok(self.renew(asked, who).await?)
    }

    async fn put_flash(&self, handle: &HandleHash, message: &str) -> Result<(), StoreError> {
        flash::put(&self.database, handle, message).await.map_err(|error| no_flash(&error))
    }

    async fn take_flash(&self, handle: &HandleHash) -> Result<Option<String>, StoreError> {
        flash::take(&self.database, handle).await.map_err(|error| no_flash(&error))
    }
}

fn no_flash(error: &tower_sessions::session::Error) -> StoreError {
    tracing::warn!(%error, "a message for the next page was lost");
    StoreError::Unavailable
}

fn permissions_within(who: &Principal, environment: &Environment) -> Vec<String> {
    [ReadSecret::NAME, INVENTORY, RevealSecret::NAME, RotateSecret::NAME]
        .into_iter()
        .filter(|permission| who.holds(permission).within(environment).allows())
        .map(str::to_owned)
        .collect()
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

    async fn preview(
        &self,
        permit: Permit<PreviewRevocation>,
    ) -> Result<(Option<Preview>, Vec<RevocationRow>), StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let preview = match &permit.action().scope {
            Some(scope) => Some(revocations::preview(&mut source, scope, who.session, who.now).await?),
            None => None,
        };
        Ok((preview, revocations::last(&mut source).await?))
    }

    async fn revoke(&self, permit: Permit<Revoke>) -> Result<RevocationId, StoreError> {
        let (spent, unit) = permit.into_transaction();
        let who = spent.principal;
        let spare = spent.action.spare_this.then_some(who.session);
        let by = By { identity: Some(who.identity), name: who.display_name.to_string(), spare };
        Ok(self.end(unit, &spent.action.scope, &by, who.now).await?)
    }

    async fn revocation(&self, permit: Permit<revocation::can::ReadRevocation>) -> Result<Revocation, StoreError> {
        revocations::one(&mut self.reader(), permit.action().id).await?.ok_or(StoreError::Gone)
    }
}

#[async_trait]
impl Notices for SqlBackend {
    async fn inbox(&self, permit: Permit<inbox::can::ReadInbox>) -> Result<Vec<Notice>, StoreError> {
        Ok(notices::last_of(&mut self.reader(), permit.principal().identity).await?)
    }

    async fn read_inbox(&self, permit: Permit<inbox::can::MarkRead>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        notices::read_all(&mut source, spent.principal.identity, spent.principal.now).await?;
        Ok(source.commit().await?)
    }

    async fn acknowledge_incident(&self, permit: Permit<AcknowledgeIncident>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        incidents::acknowledge(&mut source, spent.action.id, spent.principal.now).await?;
        Ok(source.commit().await?)
    }

    async fn close_incident(&self, permit: Permit<CloseIncident>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        incidents::close(&mut source, spent.action.id, spent.principal.identity, spent.principal.now).await?;
        Ok(source.commit().await?)
    }
}
