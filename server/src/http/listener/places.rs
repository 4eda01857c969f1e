//! How many connections there may be: in all, and for each client network.

use crate::http::address::{TrustedProxies, client_network};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections to the site at the same time, if there are descriptors for so many; further ones wait in the kernel's queue.
const MOST: usize = 16_384;
/// Connections of one client network, of [`MOST`].
const MOST_OF_A_NETWORK: usize = 2048;
/// Connections to the address of the metrics.
const MOST_FOR_METRICS: usize = 64;
/// Descriptors that are kept for the database, for files, for the metrics, and for connections to others.
const KEPT: u64 = 192;
/// More descriptors than this are not asked for.
const ENOUGH: u64 = 65_536;

/// The places for connections.
#[derive(Clone)]
pub struct Places(Arc<Inner>);

struct Inner {
    all: Arc<Semaphore>,
    most_of_a_network: usize,
    /// How many each network has; one that has none is not in it.
    taken: Mutex<HashMap<IpAddr, usize>>,
    proxies: TrustedProxies,
}

impl Places {
    /// So many places, of which one network may have so many. A trusted proxy may have all: it brings everybody's requests.
    #[must_use]
    pub fn new(most: usize, most_of_a_network: usize, proxies: TrustedProxies) -> Self {
        let all = Arc::new(Semaphore::new(most.max(1)));
        Self(Arc::new(Inner { all, most_of_a_network, taken: Mutex::default(), proxies }))
    }

    /// The places of the site: as many as there are descriptors for, and not more than a fixed number.
    #[must_use]
    pub fn for_site(proxies: TrustedProxies) -> Self {
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH);
        // With a small limit, half of the descriptors are for connections.
        let free = descriptors.saturating_sub(KEPT).max(descriptors / 2);
        let most = usize::try_from(free).unwrap_or(MOST).min(MOST);
        Self::new(most, MOST_OF_A_NETWORK.min(most.div_ceil(2)), proxies)
    }

    /// The places of the address of the metrics.
    #[must_use]
    pub fn for_metrics() -> Self {
        Self::new(MOST_FOR_METRICS, MOST_FOR_METRICS, TrustedProxies::default())
    }

    /// Waits until there is a free place.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.0.all).acquire_owned().await.ok()
    }

    /// Gives a free place to a client. Returns `None` if its network has as many as one may have.
    pub(super) fn take(&self, free: Option<OwnedSemaphorePermit>, peer: IpAddr) -> Option<Place> {
        let free = free?;
        if self.0.proxies.contain(peer.to_canonical()) {
            return Some(Place { _free: free, of: None });
        }
        let network = client_network(peer);
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network).or_default();
        if *count >= self.0.most_of_a_network {
            return None;
        }
        *count += 1;
        Some(Place { _free: free, of: Some((self.clone(), network)) })
    }
}

/// The place of one connection, which is free again when this is dropped.
pub(super) struct Place {
    _free: OwnedSemaphorePermit,
    of: Option<(Places, IpAddr)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((places, network)) = &self.of else { return };
        let mut taken = places.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(network);
            }
        }
    }
}

/// Allows this process as many descriptors as the system lets it have; many systems begin with 1,024.
pub fn raise_descriptor_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if current.is_some_and(|current| current < wanted) {
        // If it is not allowed, there are fewer places for connections.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(places: &Places, address: &str) -> Option<Place> {
        places.take(places.free().await, address.parse().expect("an address"))
    }

    #[tokio::test]
    async fn one_network_takes_no_more_than_its_share_of_the_places() {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().expect("a network")]);
        let places = Places::new(6, 2, proxies);
        let first = take(&places, "2001:db8::1").await;
        let second = take(&places, "2001:db8::2:0:0:1").await;
        assert!(first.is_some() && second.is_some());
        assert!(take(&places, "2001:db8::3").await.is_none(), "one /64 is one network");
        assert!(take(&places, "2001:db8:0:1::1").await.is_some(), "another network");
        drop(first);
        assert!(take(&places, "2001:db8::3").await.is_some(), "a place came back");
        let mut of_proxy = Vec::new();
        for _ in 0..4 {
            of_proxy.push(take(&places, "::ffff:10.0.0.1").await.expect("a proxy brings everybody's requests"));
        }
        drop((second, of_proxy));
        assert!(places.0.taken.lock().expect("nobody panicked").is_empty(), "what is free is forgotten");
    }
}
