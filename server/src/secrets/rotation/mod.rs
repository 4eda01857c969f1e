//! Rotation: which secrets are due for a new value, and who is told.

pub mod due;
mod sql;

use crate::backend::SqlBackend;
use crate::secrets::{self, versions};
use crate::unit::SqlUnit;
use app::backend::{Permit, StoreError};
use app::secrets::policy::{ListRotations, ReadSecret, SetRotation};
use app::secrets::store::{EditError, RotationListing, Rotations};
use async_trait::async_trait;
use doorward::action::Action;
use doorward::ledger::Outcome;

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
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit).map_err(StoreError::from)?;
        let (SetRotation { id, days }, who) = (spent.action, spent.principal);
        let later = versions::sql::advance(&mut source, id, over, who.identity, who.now).await;
        if let Some(change) = later.map_err(StoreError::from)? {
            source.undo(Outcome::Invalid).await.map_err(StoreError::from)?;
            return Err(EditError::Stale(change));
        }
        sql::set_period(&mut source, id, days).await.map_err(StoreError::from)?;
        Ok(source.commit().await.map_err(StoreError::from)?)
    }
}
