//! Decisions, counted once their records are durable.

use doorward::ledger::{AuditEntry, Outcome};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// From half a millisecond, which a flush takes at best, to the time after which a decision is
/// refused.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// What is counted of a decision: words of the code alone, nothing that a request brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    kind: Kind,
    reason: Option<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    decision: &'static str,
    outcome: &'static str,
    entry: &'static str,
    action: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: String,
}

impl Decided {
    /// What is counted of this record.
    #[must_use]
    pub fn of(entry: &AuditEntry) -> Self {
        let decision = if entry.allowed { "allowed" } else { "refused" };
        let outcome = entry.outcome.unwrap_or(Outcome::of_decision(entry.allowed)).as_str();
        Self {
            kind: Kind { decision, outcome, entry: entry.entry.as_str(), action: entry.action.clone() },
            reason: (!entry.allowed).then(|| Reason { reason: entry.code.clone() }),
        }
    }
}

/// The decisions of one process.
#[derive(Clone, Debug)]
pub struct Decisions {
    decided: Family<Kind, Counter>,
    refused: Family<Reason, Counter>,
    waited: Histogram,
    transactions: Counter,
}

impl Default for Decisions {
    fn default() -> Self {
        Self {
            decided: Family::default(),
            refused: Family::default(),
            waited: Histogram::new(BUCKETS),
            transactions: Counter::default(),
        }
    }
}

impl Decisions {
    /// Counts a decision whose record is durable.
    pub fn count(&self, decided: &Decided) {
        self.decided.get_or_create(&decided.kind).inc();
        if let Some(reason) = &decided.reason {
            self.refused.get_or_create(reason).inc();
        }
    }

    /// Notes how long a decision waited for its record to be durable.
    pub fn waited(&self, time: Duration) {
        self.waited.observe(time.as_secs_f64());
    }

    /// Counts a transaction that is begun to write.
    pub fn begun(&self) {
        self.transactions.inc();
    }

    /// How many transactions were begun to write.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.transactions.get()
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("decisions", "Decisions whose records are durable", self.decided.clone());
        registry.register("refusals", "Decisions that refused, by reason", self.refused.clone());
        let help = "How long a decision waited for its record to be durable";
        registry.register_with_unit("decision_durable", help, Unit::Seconds, self.waited.clone());
        registry.register("write_transactions", "Transactions that were begun to write", self.transactions.clone());
    }
}
