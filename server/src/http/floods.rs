//! Floods of requests without a session: limits how many are decided and recorded individually for
//! each client network.
//!
//! Each network has an allowance. Within it, the guard decides a request without a session and
//! writes a record. Beyond it, the request is refused with 429 before any other work is done, and
//! only counted; one record a minute gives the number. Everything is bounded: the networks
//! remembered, the networks counted separately, and the refused requests kept waiting.

mod shed;
mod summary;

pub use shed::{has_live_session, shed};
pub use summary::start;

use crate::http::address::client_network;
use crate::sign_in::limits::Allowance;
use crate::sign_in::limits::table::Table;
use doorward::ledger::AuditEntry;
use doorward::{Reason, TimeSpan, Timestamp};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// The number of networks whose allowance is remembered.
const REMEMBERED: usize = 20_000;
/// The number of networks counted separately until the next summary record. All others share one
/// count.
const COUNTED_APART: usize = 256;
/// The number of refused requests that may wait for their response at the same time.
const WAITING: usize = 8192;

/// How many requests without a session are decided individually.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// For one network: requests to guarded addresses. Requests to open addresses have the same
    /// allowance again.
    pub network: Allowance,
    /// For all networks together: requests to guarded addresses.
    pub all: Allowance,
}

impl Allowances {
    /// For one network a burst of 300 and 5 a second, which is enough for an office behind one
    /// address. For all networks together 3,000 and 50 a second.
    pub const USUAL: Self = Self {
        network: Allowance { tries: 300, one_back_every: TimeSpan(200) },
        all: Allowance { tries: 3000, one_back_every: TimeSpan(20) },
    };
}

/// The kind of address that a request without a session asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// An address that needs a session. The request will be refused and recorded.
    Guarded,
    /// A page that needs no session, such as sign-in.
    Open,
}

/// The number of refused requests of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub count: u64,
    /// The time of the first refusal.
    pub from: Timestamp,
    /// The time of the last refusal.
    pub until: Timestamp,
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            from: self.from.min(other.from),
            until: self.until.max(other.until),
        }
    }
}

/// Counts requests without a session, by client network.
#[derive(Clone)]
pub struct Floods(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    waiting: Semaphore,
    shed: Counter,
}

struct State {
    guarded: Table<IpAddr>,
    open: Table<IpAddr>,
    all: Table<()>,
    /// Refusals not recorded yet. The key `None` counts all networks that are not counted
    /// separately.
    refused: HashMap<Option<IpAddr>, Tally>,
}

impl Floods {
    /// Returns counters that start with full allowances.
    #[must_use]
    pub fn new(allowances: Allowances) -> Self {
        let state = State {
            guarded: Table::new(allowances.network, REMEMBERED),
            open: Table::new(allowances.network, REMEMBERED),
            all: Table::new(allowances.all, 1),
            refused: HashMap::new(),
        };
        let waiting = Semaphore::new(WAITING);
        Self(Arc::new(Inner { state: Mutex::new(state), waiting, shed: Counter::default() }))
    }

    /// Takes one request without a handle from its network's allowance. Returns false if none is
    /// left.
    pub fn admit(&self, network: IpAddr, asks: Asks, now: Timestamp) -> bool {
        let state = &mut *self.state();
        match asks {
            Asks::Open => take(&mut state.open, network, now),
            // A network over its own allowance must not use up the shared one.
            Asks::Guarded => {
                state.all.wait(&(), now) <= TimeSpan(0) && take(&mut state.guarded, network, now) && {
                    state.all.count((), now);
                    true
                }
            }
        }
    }

    /// Returns whether a network, or all networks together, are over their allowance. Handles are
    /// then looked up before anything else.
    #[must_use]
    pub fn is_over(&self, network: IpAddr, now: Timestamp) -> bool {
        let state = self.state();
        state.guarded.wait(&network, now) > TimeSpan(0) || state.all.wait(&(), now) > TimeSpan(0)
    }

    /// Takes a refusal from its network's allowance if the request had a handle without a live
    /// session. A request without a handle was counted when it came in.
    pub fn note(&self, entry: &AuditEntry) {
        let useless = [Reason::UnknownHandle, Reason::SessionEnded, Reason::SessionIdle, Reason::SessionExpired];
        let address = entry.address.as_deref().and_then(|text| text.parse().ok());
        if let Some(address) = address.filter(|_| useless.iter().any(|reason| reason.code() == entry.code)) {
            let state = &mut *self.state();
            state.guarded.count(client_network(address), entry.at);
            state.all.count((), entry.at);
        }
    }

    /// Counts a request that is refused without a record.
    pub fn refuse(&self, network: IpAddr, now: Timestamp) {
        self.0.shed.inc();
        self.add(Some(network), Tally { count: 1, from: now, until: now });
    }

    /// Returns and resets the counts since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<(Option<IpAddr>, Tally)> {
        std::mem::take(&mut self.state().refused).into_iter().collect()
    }

    /// Adds to the counts that are still to be recorded.
    pub fn add(&self, network: Option<IpAddr>, tally: Tally) {
        let refused = &mut self.state().refused;
        let key = network.filter(|_| refused.len() < COUNTED_APART || refused.contains_key(&network));
        refused.entry(key).and_modify(|known| *known = known.and(tally)).or_insert(tally);
    }

    /// Returns how many requests were refused without a record.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.shed.get()
    }

    /// Registers the counter with Prometheus.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Requests without a session that were refused unread, because their network sent too many";
        registry.register("requests_shed", help, self.0.shed.clone());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(table: &mut Table<IpAddr>, network: IpAddr, now: Timestamp) -> bool {
    let may = table.wait(&network, now) <= TimeSpan(0);
    if may {
        table.count(network, now);
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn floods(network: u32, all: u32) -> Floods {
        let allowance = |tries| Allowance { tries, one_back_every: TimeSpan::seconds(1) };
        Floods::new(Allowances { network: allowance(network), all: allowance(all) })
    }

    fn network(number: u16) -> IpAddr {
        IpAddr::from([0x2001, 0xdb8, 0, number, 0, 0, 0, 0])
    }

    #[test]
    fn a_network_beyond_its_allowance_is_refused_and_others_are_not() {
        let floods = floods(2, 100);
        let admit = |number, now| floods.admit(network(number), Asks::Guarded, now);
        assert!(admit(1, NOW) && admit(1, NOW) && !admit(1, NOW));
        assert!(floods.is_over(network(1), NOW) && !floods.is_over(network(2), NOW));
        assert!(admit(2, NOW));
        assert!(floods.admit(network(1), Asks::Open, NOW), "sign-in is counted apart");
        assert!(admit(1, NOW.plus(TimeSpan::seconds(1))), "one came back");
    }

    #[test]
    fn many_networks_together_have_an_allowance_too() {
        let floods = floods(2, 3);
        let admitted = (0..10).filter(|number| floods.admit(network(*number), Asks::Guarded, NOW)).count();
        assert_eq!(admitted, 3);
        assert!(floods.is_over(network(77), NOW));
        assert!(floods.admit(network(77), Asks::Open, NOW), "sign-in stays open");
    }

    /// No count is lost.
    #[test]
    fn refused_requests_are_counted_in_bounded_memory() {
        let floods = floods(1, 1);
        for number in 0..2000 {
            floods.refuse(network(number), NOW.plus(TimeSpan(i64::from(number))));
        }
        floods.refuse(network(0), NOW.plus(TimeSpan::minutes(1)));
        let taken = floods.take();
        assert_eq!(taken.len(), COUNTED_APART + 1);
        assert_eq!(taken.iter().map(|(_, tally)| tally.count).sum::<u64>(), 2001);
        let first = taken.iter().find(|(of, _)| *of == Some(network(0))).expect("it is counted apart").1;
        assert_eq!(first, Tally { count: 2, from: NOW, until: NOW.plus(TimeSpan::minutes(1)) });
        assert!(floods.take().is_empty());
        assert_eq!(floods.refused(), 2001);
    }
}
