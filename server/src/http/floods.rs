//! Floods of requests without a session: how many of a client network are decided and recorded one by one, and what
//! becomes of the others.
//!
//! Each network has an allowance. While it lasts, a request without a session is decided by the guard and leaves a record
//! of its own. Beyond it, the request is refused before anything else is done for it (429), and only counted; one record a
//! minute says how many there were. Everything is bounded: the networks that are remembered, the networks that are counted
//! apart, and the refused requests that are kept waiting.

mod shed;
mod summary;

pub use shed::shed;
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

/// Networks whose allowance is remembered.
const REMEMBERED: usize = 20_000;
/// Networks that are counted apart until their record is written; those beyond share one.
const COUNTED_APART: usize = 256;
/// Refused requests that wait for their answer at the same time.
const WAITING: usize = 8192;

/// How many requests without a session are decided one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// Of one network, at addresses that ask for a session; and as many at those that do not.
    pub network: Allowance,
    /// Of all networks together, at addresses that ask for a session.
    pub all: Allowance,
}

impl Allowances {
    /// Of one network 300 at once and 5 a second, enough for an office behind one address; of all 3,000 and 50 a second.
    pub const USUAL: Self = Self {
        network: Allowance { tries: 300, one_back_every: TimeSpan(200) },
        all: Allowance { tries: 3000, one_back_every: TimeSpan(20) },
    };
}

/// What a request without a session asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Something that takes a session: it will be refused, and recorded.
    Guarded,
    /// A page for those who have none yet, such as sign-in.
    Open,
}

/// Refused requests of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// When the first was.
    pub from: Timestamp,
    /// When the last was.
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

/// Counts requests without a session, by the network of their client.
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
    /// Refused and not recorded yet; without a network, those of all that found no place of their own.
    refused: HashMap<Option<IpAddr>, Tally>,
}

impl Floods {
    /// Nobody has asked yet.
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

    /// Takes one request without a handle from the allowance of its network. Returns false if there is none left.
    pub fn admit(&self, network: IpAddr, asks: Asks, now: Timestamp) -> bool {
        let state = &mut *self.state();
        match asks {
            Asks::Open => take(&mut state.open, network, now),
            // One that has used up its own allowance uses up nobody else's.
            Asks::Guarded => {
                state.all.wait(&(), now) <= TimeSpan(0) && take(&mut state.guarded, network, now) && {
                    state.all.count((), now);
                    true
                }
            }
        }
    }

    /// Whether a network, or all together, have used up their allowance, so that a handle is looked up before anything else.
    #[must_use]
    pub fn is_over(&self, network: IpAddr, now: Timestamp) -> bool {
        let state = self.state();
        state.guarded.wait(&network, now) > TimeSpan(0) || state.all.wait(&(), now) > TimeSpan(0)
    }

    /// Takes a refusal from the allowance of its network, if it was for a handle without a session that counts. One for no
    /// handle at all was taken when it came in.
    pub fn note(&self, entry: &AuditEntry) {
        let useless = [Reason::UnknownHandle, Reason::SessionEnded, Reason::SessionIdle, Reason::SessionExpired];
        let address = entry.address.as_deref().and_then(|text| text.parse().ok());
        if let Some(address) = address.filter(|_| useless.iter().any(|reason| reason.code() == entry.code)) {
            let state = &mut *self.state();
            state.guarded.count(client_network(address), entry.at);
            state.all.count((), entry.at);
        }
    }

    /// Counts a request that is refused without a record of its own.
    pub fn refuse(&self, network: IpAddr, now: Timestamp) {
        self.0.shed.inc();
        self.add(Some(network), Tally { count: 1, from: now, until: now });
    }

    /// Takes what was refused since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<(Option<IpAddr>, Tally)> {
        std::mem::take(&mut self.state().refused).into_iter().collect()
    }

    /// Adds to what is to be recorded.
    pub fn add(&self, network: Option<IpAddr>, tally: Tally) {
        let refused = &mut self.state().refused;
        let key = network.filter(|_| refused.len() < COUNTED_APART || refused.contains_key(&network));
        refused.entry(key).and_modify(|known| *known = known.and(tally)).or_insert(tally);
    }

    /// How many requests were refused without a record of their own.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.shed.get()
    }

    /// Adds the counter to those that Prometheus reads.
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
