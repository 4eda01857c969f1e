//! The store behind the inbox and its settings.

use crate::account::notices;
use crate::backend::{SqlBackend, change};
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
        let read = change(permit, async |source, granted| {
            Ok(notices::read_all(source, granted.principal.identity, granted.principal.now).await?)
        });
        read.await
    }

    async fn muted_notices(&self, permit: Permit<policy::ReadSettings>) -> Result<Vec<NoticeKind>, StoreError> {
        Ok(notices::muted(&mut self.reader(), permit.principal().identity).await?)
    }

    async fn mute_notices(&self, permit: Permit<policy::MuteNotices>) -> Result<(), StoreError> {
        let muted = change(permit, async |source, granted| {
            Ok(notices::mute(source, granted.principal.identity, &granted.action.kinds).await?)
        });
        muted.await
    }
}
