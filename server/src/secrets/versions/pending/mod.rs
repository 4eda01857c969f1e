//! Pending values: saved beside the versions, promoted to one, or discarded.

pub mod sql;

use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::secrets;
use crate::secrets::values::{self, Prepared, Target};
use crate::secrets::versions;
use crate::vault::{PendingBinding, SealError};
use app::backend::{Permit, StoreError};
use app::secrets::policy::{DiscardPending, PromotePending, SavePending};
use app::secrets::store::{
    GivenValue, NO_VERSION, OpenedValue, PendingValues, PromoteError, SavePendingError, SecretFileName,
};
use async_trait::async_trait;
use doorward::{Principal, SecretId};

#[async_trait]
impl PendingValues for SqlBackend {
    async fn save_pending(
        &self,
        permit: Permit<SavePending>,
        value: GivenValue,
        form: Option<&str>,
    ) -> Result<(), SavePendingError> {
        let saved = change(permit, async |source, granted| {
            self.save(source, &granted.action, &granted.principal, (value, form)).await
        });
        saved.await
    }

    async fn promote(&self, permit: Permit<PromotePending>, over: Option<i64>) -> Result<i64, PromoteError> {
        let promoted = change(permit, async |source, granted| {
            self.promote_in(source, &granted.action, &granted.principal, over).await
        });
        promoted.await
    }

    async fn discard_pending(&self, permit: Permit<DiscardPending>) -> Result<(), PromoteError> {
        let discarded = change(permit, async |source, granted| {
            let DiscardPending { id, saved, .. } = granted.action;
            let discarded = sql::remove(source, id, saved).await?;
            discarded.then_some(()).ok_or(NotMade::Invalid(PromoteError::NotPending))
        });
        discarded.await
    }
}

impl SqlBackend {
    async fn save(
        &self,
        source: &mut Source,
        SavePending { id, why }: &SavePending,
        who: &Principal,
        (value, form): (GivenValue, Option<&str>),
    ) -> Result<(), NotMade<SavePendingError>> {
        once(source, who, form, SavePendingError::SentBefore).await?;
        let named = secrets::sql::named(source, *id).await?;
        let Some((secret, kind)) = named.zip(values::sql::kind(source, *id).await?) else {
            return Err(NotMade::Invalid(StoreError::Gone.into()));
        };
        let prepared = Prepared::new(kind, value).map_err(|bad| NotMade::Invalid(bad.into()))?;
        let binding = PendingBinding { secret: id.as_str(), saved: who.now.0, environment: &secret.environment };
        let sealed = self.vault.seal(source, &binding, &prepared.value, &*self.random).await?;
        let by = (who.identity, who.now, why.as_str());
        let is_saved = sql::add(source, *id, by, &prepared, sealed).await?;
        is_saved.then_some(()).ok_or(NotMade::Invalid(SavePendingError::Already))
    }

    /// Makes a version of the pending value. The value is decrypted and encrypted again: each version is bound to its
    /// number.
    async fn promote_in(
        &self,
        source: &mut Source,
        PromotePending { id, saved, why }: &PromotePending,
        who: &Principal,
        over: Option<i64>,
    ) -> Result<i64, NotMade<PromoteError>> {
        let Some(pending) = sql::value(source, *id).await?.filter(|pending| pending.saved == *saved) else {
            return Err(NotMade::Invalid(PromoteError::NotPending));
        };
        let opened = self.open_pending(*id, &pending)?;
        let (version, environment) = secrets::sql::next_version(source, *id, who.now).await?.ok_or(StoreError::Gone)?;
        if let Some(change) = versions::sql::later_change(source, *id, version, over).await? {
            return Err(NotMade::Invalid(PromoteError::Stale(change)));
        }
        let prepared = Prepared::again(opened.kind, opened.file_name, opened.value).ok_or(StoreError::Unavailable)?;
        let target = Target { secret: *id, version, environment: &environment, by: Some(who.identity) };
        self.store_version(source, &target, &prepared, who.now).await?;
        let reason = if pending.reason.is_empty() { why.as_str() } else { &pending.reason };
        versions::sql::note(source, *id, version, reason, None).await?;
        sql::note_origin(source, (*id, version), &pending).await?;
        sql::remove(source, *id, *saved).await?;
        Ok(version)
    }

    /// Decrypts a pending value.
    pub(in crate::secrets::versions) fn open_pending(
        &self,
        id: SecretId,
        pending: &sql::Pending,
    ) -> Result<OpenedValue, StoreError> {
        let binding = PendingBinding { secret: id.as_str(), saved: pending.saved.0, environment: &pending.environment };
        let value = self.vault.open_bytes(&binding, &pending.sealed).map_err(|error| {
            tracing::error!(%error, secret = %id, "a pending value cannot be decrypted");
            match error {
                SealError::NotAuthentic => StoreError::Damaged { version: NO_VERSION },
                SealError::OtherKey { .. } => StoreError::Unavailable,
            }
        })?;
        let file_name = pending.file_name.as_deref().and_then(|name| SecretFileName::parse(name).ok());
        Ok(OpenedValue { kind: pending.kind, value, file_name })
    }
}
