//! Where a request comes from. A forwarded address counts only from a configured proxy.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// The networks of the proxies that stand before this server.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Whether this is one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: the peer itself, unless that is a trusted proxy; then the last address in
    /// `X-Forwarded-For` that is none.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contain(peer) {
            return peer;
        }
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut client = peer;
        for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            let Ok(address) = text.trim().parse::<IpAddr>() else { return client };
            client = address.to_canonical();
            if !self.contain(client) {
                return client;
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(proxies: &[&str], peer: &str, forwarded: &'static str) -> String {
        let proxies = TrustedProxies(proxies.iter().filter_map(|text| text.parse().ok()).collect());
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
        let peer = peer.parse().unwrap_or(IpAddr::from([0, 0, 0, 0]));
        proxies.client(peer, &headers).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_configured_proxy() {
        assert_eq!(client(&[], "203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", "192.0.2.66, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
    }
}
