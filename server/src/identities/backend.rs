//! The stores behind the pages for other people's accounts.

use crate::account::backend::{held, unavailable};
use crate::account::{notices, one_time_codes, passkeys, recovery_codes};
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::identities;
use crate::sessions::revocations::{self, By};
use crate::unit::SqlUnit;
use app::account::notices::NoticeKind;
use app::account::store::{MethodError, SecondFactors};
use app::backend::{Permit, StoreError};
use app::identities::policy::{AskToResetMethods, ResetMethods};
use app::identities::store::{Identities, MethodReset, ResetPreview};
use app::sessions::scope::Scope;
use async_trait::async_trait;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Principal, RevocationId};

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
}
