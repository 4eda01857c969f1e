//! The ledger's part of the store that pages read.

use crate::backend::{NotMade, SqlBackend, change};
use crate::db::transaction::Source;
use crate::ledger::sealer::{self, segment_name, segments};
use crate::ledger::{counts, follow, records, row, saved_searches, why};
use crate::{identities, secrets};
use app::backend::{Permit, StoreError};
use app::identities::store::Named;
use app::ledger::policy;
use app::ledger::store::{
    ArchivedSegment, BATCH_ROWS, Counts, FoundRecord, KeepError, KeptSearch, PAGE_ROWS, Records, Seal, SearchPage,
    Tail, Why, for_the_refused,
};
use async_trait::async_trait;
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{Environment, Environments};

#[async_trait]
impl Records for SqlBackend {
    async fn records(&self, permit: Permit<policy::ReadLedger>) -> Result<SearchPage, StoreError> {
        let (asked, who, mut source) = (permit.action(), permit.principal(), self.searcher());
        let (most, scope) = (PAGE_ROWS, policy::scope(who));
        let mut rows = records::find(&mut source, &asked.search.on_a_page(), &scope, asked.before, most + 1).await?;
        let more = rows.len() > most as usize;
        rows.truncate(most as usize);
        let kept = saved_searches::of(&mut source, who.identity).await?;
        let (environments, people) = suggestions(&mut source, &scope).await?;
        Ok(SearchPage { rows, more, kept, scope, environments, people })
    }

    async fn keep_search(&self, permit: Permit<policy::KeepSearch>) -> Result<(), KeepError> {
        let kept = change(permit, async |source, granted| {
            let (action, who) = (granted.action, granted.principal);
            let search = KeptSearch { name: action.name, query: action.query };
            let kept = saved_searches::keep(source, who.identity, search, who.now).await?;
            kept.then_some(()).ok_or(NotMade::Invalid(KeepError::Full))
        });
        kept.await
    }

    async fn drop_search(&self, permit: Permit<policy::DropSearch>) -> Result<(), StoreError> {
        let dropped = change(permit, async |source, granted| {
            Ok(saved_searches::drop(source, granted.principal.identity, granted.action.name).await?)
        });
        dropped.await
    }

    async fn counts(&self, permit: Permit<policy::CountDecisions>) -> Result<Counts, StoreError> {
        let (asked, who) = (permit.action(), permit.principal());
        let (from, scope) = (asked.over.begins(who.now), policy::scope(who));
        let mut source = self.searcher();
        let counts = counts::since(&mut source, &scope, asked.routine.on_a_page(), from).await?;
        let environments = secrets::environments::names(&mut source).await?;
        Ok(Counts { counts, environments, scope })
    }

    async fn tail(&self, permit: Permit<policy::FollowLedger>) -> Result<Tail, StoreError> {
        let (asked, who) = (permit.action(), permit.principal());
        let (scope, mut source) = (policy::scope(who), self.reader());
        let search = asked.search.on_a_page();
        let look = follow::tail(&mut source, &search, &scope, (asked.after, asked.seen), who.now).await?;
        let rows = look.rows.into_iter().filter(|row| !asked.shown.contains(&row.id)).collect();
        Ok(Tail { rows, after: look.from, newest: look.newest, skipped: look.skipped })
    }

    async fn export_records(&self, permit: Permit<policy::ExportLedger>) -> Result<Vec<AuditEntry>, StoreError> {
        let (asked, scope) = (permit.action(), policy::export_scope(permit.principal()));
        Ok(records::find(&mut self.searcher(), &asked.search, &scope, asked.before, BATCH_ROWS).await?)
    }

    async fn record(&self, permit: Permit<policy::ReadRecord>) -> Result<FoundRecord, StoreError> {
        // One snapshot for the record and its proof, because the record may be archived meanwhile.
        let (id, mut source) = (permit.action().id, Source::snapshot(&self.database).await?);
        if let Some(record) = row::one(&mut source, id).await? {
            let seal = sealer::sql::proof(&mut source, id).await?;
            if policy::sees_all_of(permit.principal(), &record) {
                let why = why::of(&mut source, &record, permit.principal()).await?;
                return Ok(FoundRecord::Here(Box::new(record), seal, why));
            }
            let seal = seal.map(|seal| Seal { proof: None, ..seal });
            return Ok(FoundRecord::Here(Box::new(for_the_refused(record)), seal, Why::default()));
        }
        let segments = segments::of_time(&mut source, id.made()).await?;
        let archived = segments.into_iter().map(|segment| ArchivedSegment {
            file: segment_name(&segment.places),
            from: segment.from,
            until: segment.until,
        });
        let archived: Vec<_> = archived.collect();
        if archived.is_empty() { Err(StoreError::Gone) } else { Ok(FoundRecord::Archived(archived)) }
    }
}

/// Returns what the form suggests: environments and people. An auditor of some environments is shown
/// these alone, and no list of people.
async fn suggestions(source: &mut Source, scope: &Environments) -> Result<(Vec<Environment>, Vec<Named>), Unavailable> {
    match scope {
        Environments::Only(scope) => {
            let mut environments = secrets::environments::names(source).await?;
            environments.retain(|environment| scope.contains(environment));
            Ok((environments, Vec::new()))
        }
        Environments::Everywhere => {
            let environments = secrets::environments::names(source).await?;
            Ok((environments, identities::sql::names(source).await?))
        }
    }
}
