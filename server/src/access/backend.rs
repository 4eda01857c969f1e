//! The stores behind the overview and the pages for incidents.

use crate::access::incidents;
use crate::backend::{SqlBackend, change};
use crate::sessions::list;
use crate::{ledger, secrets};
use app::access::policy::{AcknowledgeIncident, CloseIncident, LIST_INCIDENTS, ReadOverview};
use app::access::store::{Access, OverviewData, Reach};
use app::backend::{Permit, StoreError};
use app::secrets::policy::{INVENTORY, ReadSecret, RevealSecret, RotateSecret};
use app::secrets::store::EnvironmentFacts;
use async_trait::async_trait;
use doorward::action::Action;
use doorward::{Environment, Principal};

/// The number of decisions on the overview.
const LAST_DECISIONS: i64 = 10;

#[async_trait]
impl Access for SqlBackend {
    async fn overview(&self, permit: Permit<ReadOverview>) -> Result<OverviewData, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let session = list::one(&mut source, who.session, who.now).await?.ok_or(StoreError::Gone)?;
        let decisions =
            ledger::sql::last_of(&mut source, who.identity, permit.action().routine.on_a_page(), LAST_DECISIONS)
                .await?;
        let mut reach = Vec::new();
        for EnvironmentFacts { environment, protection } in secrets::environments::all(&mut source).await? {
            let permissions = permissions_within(who, &environment);
            if !permissions.is_empty() {
                let secrets = secrets::lists::count_within(&mut source, &environment, who).await?;
                reach.push(Reach { environment, protected: protection.is_protected(), secrets, permissions });
            }
        }
        let to_rotate = secrets::rotation::to_rotate(&mut source, who).await?;
        let sees_all_incidents = who.holds(LIST_INCIDENTS).everywhere().allows();
        let only_about = (!sees_all_incidents).then_some(who.identity);
        let incidents = incidents::still_open(&mut source, only_about, who.identity).await?;
        let earlier_incidents = incidents::earlier(&mut source, only_about, who.identity).await?;
        let may_close_incidents = who.holds(CloseIncident::NAME).everywhere().allows();
        Ok(OverviewData {
            reach,
            session,
            decisions,
            incidents,
            earlier_incidents,
            may_close_incidents,
            sees_all_incidents,
            unread: who.unread,
            to_rotate,
        })
    }

    async fn acknowledge_incident(&self, permit: Permit<AcknowledgeIncident>) -> Result<(), StoreError> {
        let acknowledged = change(permit, async |source, granted| {
            Ok(incidents::acknowledge(source, granted.action.id, granted.principal.now).await?)
        });
        acknowledged.await
    }

    async fn close_incident(&self, permit: Permit<CloseIncident>) -> Result<(), StoreError> {
        let closed = change(permit, async |source, granted| {
            let (id, who) = (granted.action.id, granted.principal);
            Ok(incidents::close(source, id, who.identity, who.now).await?)
        });
        closed.await
    }
}

fn permissions_within(who: &Principal, environment: &Environment) -> Vec<String> {
    [ReadSecret::NAME, INVENTORY, RevealSecret::NAME, RotateSecret::NAME]
        .into_iter()
        .filter(|permission| who.holds(permission).within(environment).allows())
        .map(str::to_owned)
        .collect()
}
