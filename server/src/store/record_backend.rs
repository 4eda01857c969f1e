//! The ledger's records as the pages see them.

use super::{SqlBackend, records, seals};
use app::door::Permit;
use app::pages::{ledger, ledger_export, record};
use app::store::{RecordRow, Records, Seal, StoreError};
use async_trait::async_trait;

#[async_trait]
impl Records for SqlBackend {
    async fn records(&self, permit: Permit<ledger::can::ReadLedger>) -> Result<(Vec<RecordRow>, bool), StoreError> {
        let asked = permit.action();
        let most = ledger::PAGE_ROWS;
        let mut rows =
            records::find(&mut self.reader(), self.database.engine(), &asked.search, asked.before, most + 1).await?;
        let more = rows.len() > most as usize;
        rows.truncate(most as usize);
        Ok((rows, more))
    }

    async fn export_records(
        &self,
        permit: Permit<ledger_export::can::ExportLedger>,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let asked = permit.action();
        Ok(records::find(
            &mut self.reader(),
            self.database.engine(),
            &asked.search,
            asked.before,
            ledger_export::BATCH_ROWS,
        )
        .await?)
    }

    async fn record(&self, permit: Permit<record::can::ReadRecord>) -> Result<(RecordRow, Option<Seal>), StoreError> {
        let (id, mut source) = (permit.action().id, self.reader());
        let record = records::one(&mut source, id).await?.ok_or(StoreError::Gone)?;
        Ok((record, seals::proof(&mut source, id).await?))
    }
}
