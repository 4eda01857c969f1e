//! Rotation: which secrets are due for a new value, and who is told.

pub mod due;
mod sql;

use crate::backend::{NotMade, SqlBackend, change};
use crate::secrets::{self, versions};
use app::backend::{Permit, StoreError};
use app::secrets::policy::{ListRotations, ReadSecret, SetRotation};
use app::secrets::store::{EditError, RotationListing, Rotations};
use async_trait::async_trait;
use doorward::action::Action;

pub use sql::{set_period, to_rotate};

#[async_trait]
impl Rotations for SqlBackend {
    async fn rotations(&self, permit: Permit<ListRotations>) -> Result<RotationListing, StoreError> {
        let (filter, who) = (&permit.action().filter, permit.principal());
        let mut source = self.reader();
        let (rows, total) = sql::page(&mut source, filter, who).await?;
        let known = secrets::environments::names(&mut source).await?;
        let environments = known.into_iter().filter(|name| who.holds(ReadSecret::NAME).within(name).allows()).collect();
        let (overdue, weeks) = sql::weeks(&mut source, filter, who).await?;
        Ok(RotationListing { rows, total, environments, overdue, weeks })
    }

    async fn set_rotation(&self, permit: Permit<SetRotation>, over: Option<i64>) -> Result<(), EditError> {
        let set = change(permit, async |source, granted| {
            let (SetRotation { id, days }, who) = (granted.action, granted.principal);
            if let Some(change) = versions::sql::advance(source, id, over, who.identity, who.now).await? {
                return Err(NotMade::Invalid(EditError::Stale(change)));
            }
            Ok(sql::set_period(source, id, days).await?)
        });
        set.await
    }
}
