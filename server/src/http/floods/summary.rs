//! Writes one record a minute for the requests of a network that were refused without a record of
//! their own.

use crate::backend::SqlBackend;
use crate::http::floods::Tally;
use app::ui::time::rfc3339_exact;
use doorward::action::Resource;
use doorward::ledger::{AuditEntry, Channel, Outcome};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// Writes these records every minute until the backend is dropped.
pub fn start(backend: &Arc<SqlBackend>) {
    let backend = Arc::downgrade(backend);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(backend) = backend.upgrade() else { return };
            backend.record_floods().await;
        }
    });
}

impl SqlBackend {
    /// Records the refusals since the last call. Those that cannot be recorded now are kept for the
    /// next call.
    pub async fn record_floods(&self) {
        let floods = self.ledger.floods();
        let written = floods.take().into_iter().map(|(network, tally)| async move {
            let entry = self.flood(network, tally);
            let name = entry.resource.clone();
            if self.ledger.append(entry).await.is_ok() {
                tracing::warn!(network = name, count = tally.count, "requests without a session were refused unread");
            } else {
                floods.add(network, tally);
            }
        });
        // Concurrently, so that the records share a transaction.
        futures::future::join_all(written).await;
    }

    fn flood(&self, network: Option<IpAddr>, tally: Tally) -> AuditEntry {
        let name = match network {
            Some(IpAddr::V6(network)) => format!("{network}/64"),
            Some(network) => network.to_string(),
            None => "others".to_owned(),
        };
        let resource = Resource::of("network", name)
            .with("count", tally.count.to_string())
            .with("from", rfc3339_exact(tally.from))
            .with("until", rfc3339_exact(tally.until));
        let now = self.clock.now();
        AuditEntry {
            resource: resource.name,
            parameters: resource.parameters,
            code: "too_many_requests".to_owned(),
            words: format!("{} requests without a session were refused: their network sent too many", tally.count),
            entry: Channel::Page,
            address: network.map(|network| network.to_string()),
            outcome: Some(Outcome::Refused),
            ..AuditEntry::new(self.ledger.new_id(now, &*self.random), now, "session.require")
        }
    }
}
