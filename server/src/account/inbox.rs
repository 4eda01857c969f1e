//! The store behind the inbox and its settings.

use crate::account::notices;
use crate::backend::SqlBackend;
use crate::unit::SqlUnit;
use app::account::notices::{Notice, NoticeKind, Notices};
use app::account::policy;
use app::backend::{Permit, StoreError};
use async_trait::async_trait;

#[async_trait]
impl Notices for SqlBackend {
    async fn inbox(&self, permit: Permit<policy::ReadInbox>) -> Result<Vec<Notice>, StoreError> {
        Ok(notices::last_of(&mut self.reader(), permit.principal().identity).await?)
    }

    async fn read_inbox(&self, permit: Permit<policy::MarkRead>) -> Result<(), StoreError> {
        let (spent, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        notices::read_all(&mut source, spent.principal.identity, spent.principal.now).await?;
        Ok(source.commit().await?)
    }

    async fn muted_notices(&self, permit: Permit<policy::ReadSettings>) -> Result<Vec<NoticeKind>, StoreError> {
        Ok(notices::muted(&mut self.reader(), permit.principal().identity).await?)
    }

    async fn mute_notices(&self, permit: Permit<policy::MuteNotices>) -> Result<(), StoreError> {
        let (granted, unit) = permit.into_transaction();
        let mut source = SqlUnit::source_of(unit)?;
        notices::mute(&mut source, granted.principal.identity, &granted.action.kinds).await?;
        Ok(source.commit().await?)
    }
}
