//! The stores behind the versions of a secret.

pub mod new;
mod past;
pub mod pending;
pub mod sql;

use crate::backend::{NotMade, SqlBackend, change, once};
use crate::db::transaction::Source;
use crate::secrets::values::Target;
use crate::secrets::{self, lists};
use crate::vault::SealError;
use app::backend::{Permit, StoreError};
use app::page::form::stated::StatedReason;
use app::secrets::policy::{ReadVersions, RestoreVersion, RevealVersion};
use app::secrets::store::{NO_VERSION, OpenedValue, RestoreError, VersionLabel, VersionList, VersionRow, Versions};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::{Grounds, Principal, SecretId};

#[async_trait]
impl Versions for SqlBackend {
    async fn versions(&self, permit: Permit<ReadVersions>) -> Result<VersionList, StoreError> {
        let (action, who) = (permit.action(), permit.principal());
        let id = action.id;
        let mut source = self.reader();
        let found = lists::one(&mut source, id, who).await?.ok_or(StoreError::Gone)?;
        let current = found.row.version;
        let may_reveal = RevealVersion { id, version: VersionLabel::Current, why: StatedReason::default() }
            .decide(who, &found.facts)
            .allows();
        let restore = RestoreVersion { id, version: current, why: Default::default() };
        let (mut rows, has_older) = sql::page(&mut source, id, action.before).await?;
        let mut compared = match action.compared {
            Some(pair) => sql::two(&mut source, (id, current), pair).await?,
            None => None,
        };
        let mut pending = pending::sql::about(&mut source, id).await?;
        if !may_reveal {
            pending.iter_mut().for_each(|pending| pending.bytes = None);
            let both = compared.iter_mut().flat_map(|(left, right)| [left, right]);
            rows.iter_mut().chain(both).for_each(hide_length);
        }
        let may_restore = restore.decide(who, &found.facts).allows();
        Ok(VersionList {
            name: found.row.name,
            kind: found.row.kind,
            current,
            rows,
            pending,
            compared,
            has_older,
            may_reveal,
            asks_reason: found.facts.protection.reason,
            may_restore,
        })
    }

    async fn reveal_version(&self, permit: Permit<RevealVersion>) -> Result<(OpenedValue, i64), StoreError> {
        let (id, label) = (permit.action().id, permit.action().version);
        let (value, version) = self.open_labelled(id, label).await?;
        if !permit.grounds().include(Grounds::OWNER) {
            let who = permit.principal().clone();
            self.tell_owner(id, &who).await;
        }
        Ok((value, version))
    }

    async fn restore(
        &self,
        permit: Permit<RestoreVersion>,
        over: Option<i64>,
        form: Option<&str>,
    ) -> Result<i64, RestoreError> {
        let restored = change(permit, async |source, granted| {
            let (action, who) = (&granted.action, &granted.principal);
            once(source, who, form, RestoreError::SentBefore).await?;
            restore(self, source, action, who, over).await
        });
        restored.await
    }
}

impl SqlBackend {
    /// Decrypts the version that a label names. Returns its number too.
    async fn open_labelled(&self, id: SecretId, label: VersionLabel) -> Result<(OpenedValue, i64), StoreError> {
        let mut source = self.reader();
        if label == VersionLabel::Pending {
            let pending = pending::sql::value(&mut source, id).await?.ok_or(StoreError::Gone)?;
            return Ok((self.open_pending(id, &pending)?, NO_VERSION));
        }
        let current = secrets::sql::current(&mut source, id).await?.ok_or(StoreError::Gone)?;
        let number = label.number(current.version).unwrap_or(current.version);
        let found = if number == current.version {
            current
        } else {
            secrets::sql::version(&mut source, id, number).await?.ok_or(StoreError::Gone)?
        };
        let value = self.open_value(id, &found).map_err(|error| {
            tracing::error!(%error, secret = %id, version = number, "a value cannot be decrypted");
            match error {
                SealError::NotAuthentic => StoreError::Damaged { version: number },
                SealError::OtherKey { .. } => StoreError::Unavailable,
            }
        })?;
        Ok((value, number))
    }
}

fn hide_length(row: &mut VersionRow) {
    row.bytes = None;
}

/// Makes the version. The value is decrypted and encrypted again.
async fn restore(
    backend: &SqlBackend,
    source: &mut Source,
    action: &RestoreVersion,
    who: &Principal,
    over: Option<i64>,
) -> Result<i64, NotMade<RestoreError>> {
    let RestoreVersion { id, version: old, why } = action;
    let Some(found) = secrets::sql::version(source, *id, *old).await? else {
        return Err(NotMade::Invalid(RestoreError::NoSuchVersion));
    };
    let opened = backend.open_value(*id, &found).map_err(|error| {
        tracing::error!(%error, secret = %id, version = old, "a value cannot be decrypted");
        match error {
            SealError::NotAuthentic => StoreError::Damaged { version: *old },
            SealError::OtherKey { .. } => StoreError::Unavailable,
        }
    })?;
    let (made, environment) = secrets::sql::next_version(source, *id, who.now).await?.ok_or(StoreError::Gone)?;
    if made == old + 1 {
        return Err(NotMade::Invalid(RestoreError::Current));
    }
    if let Some(change) = sql::later_change(source, *id, made, over).await? {
        return Err(NotMade::Invalid(RestoreError::Stale(change)));
    }
    let target = Target { secret: *id, version: made, environment: &environment, by: Some(who.identity) };
    backend.store_again(source, &target, (&opened, *old), who.now).await?;
    sql::note(source, *id, made, why.as_str(), Some(*old)).await?;
    sql::copy_public_part(source, *id, (*old, made)).await?;
    Ok(made)
}
