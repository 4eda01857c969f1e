//! Limits on connections: in total, and for each client network.

use crate::http::address::{TrustedProxies, client_network};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum number of connections to the site, if there are enough file descriptors. Others wait
/// in the kernel's queue.
const LIMIT: usize = 16_384;
/// The maximum number for one client network, out of [`LIMIT`].
const NETWORK_LIMIT: usize = 2048;
/// The maximum number of connections to the metrics address.
const METRICS_LIMIT: usize = 64;
/// Descriptors reserved for the database, files, metrics and outgoing connections.
const RESERVED: u64 = 192;
/// The highest descriptor limit that is requested.
const HIGHEST_LIMIT: u64 = 65_536;

/// The free and used places for connections.
#[derive(Clone)]
pub struct Places(Arc<Inner>);

struct Inner {
    all: Arc<Semaphore>,
    network_limit: usize,
    /// Connections in use by network. Networks without connections are not in the map.
    taken: Mutex<HashMap<IpAddr, usize>>,
    proxies: TrustedProxies,
}

impl Places {
    /// Allows `limit` connections, at most `network_limit` of them from one network. A trusted
    /// proxy may use all of them, because it forwards everybody's requests.
    #[must_use]
    pub fn new(limit: usize, network_limit: usize, proxies: TrustedProxies) -> Self {
        let all = Arc::new(Semaphore::new(limit.max(1)));
        Self(Arc::new(Inner { all, network_limit, taken: Mutex::default(), proxies }))
    }

    /// Returns the limit for the site: the number of available descriptors, up to a fixed maximum.
    #[must_use]
    pub fn for_site(proxies: TrustedProxies) -> Self {
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(HIGHEST_LIMIT);
        // With a small descriptor limit, half of it is for connections.
        let free = descriptors.saturating_sub(RESERVED).max(descriptors / 2);
        let limit = usize::try_from(free).unwrap_or(LIMIT).min(LIMIT);
        Self::new(limit, NETWORK_LIMIT.min(limit.div_ceil(2)), proxies)
    }

    /// Returns the limit for the metrics address.
    #[must_use]
    pub fn for_metrics() -> Self {
        Self::new(METRICS_LIMIT, METRICS_LIMIT, TrustedProxies::default())
    }

    /// Waits until a place is free.
    pub(super) async fn free(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.0.all).acquire_owned().await.ok()
    }

    /// Gives a free place to a client. Returns `None` if its network has reached its limit.
    pub(super) fn take(&self, free: Option<OwnedSemaphorePermit>, peer: IpAddr) -> Option<Place> {
        let free = free?;
        if self.0.proxies.contain(peer.to_canonical()) {
            return Some(Place { _free: free, of: None });
        }
        let network = client_network(peer);
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network).or_default();
        if *count >= self.0.network_limit {
            return None;
        }
        *count += 1;
        Some(Place { _free: free, of: Some((self.clone(), network)) })
    }
}

/// The place of one connection, which becomes free when this is dropped.
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

/// Raises the descriptor limit to the hard limit. Many systems start processes with 1,024.
pub fn raise_descriptor_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(HIGHEST_LIMIT, |maximum| maximum.min(HIGHEST_LIMIT));
    if current.is_some_and(|current| current < wanted) {
        // If the system refuses, fewer connections are possible.
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
