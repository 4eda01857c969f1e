//! Whether the ledger can be signed.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What this process knows of the ledger's history.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    forked: Gauge,
}

impl Evidence {
    /// Notes whether the database holds another history than the one that was signed.
    pub fn set_forked(&self, forked: bool) {
        self.forked.set(forked.into());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help =
            "1 if the ledger is not sealed, since the database holds another history than the one that was signed";
        registry.register("ledger_forked", help, self.forked.clone());
    }
}
