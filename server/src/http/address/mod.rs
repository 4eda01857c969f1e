//! The client's address. A forwarded address counts only if it comes from a trusted proxy.

mod forwarded;

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// An IPv6 subscriber gets at least a /64.
const IPV6_SUBSCRIBER: u128 = !0 << 64;

/// The networks of the proxies in front of this server.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Returns whether `address` belongs to a trusted proxy.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the client's address. If the peer is a trusted proxy, this is the last address in
    /// `X-Forwarded-For` that is not a trusted proxy's. If that header is missing, `Forwarded` (RFC
    /// 7239) is read in the same way.
    ///
    /// Both headers are read from the right, because every proxy appends. Reading stops at the
    /// first entry that is not an address, because everything before it could be forged.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.contain(client) {
            return client;
        }
        for entry in forwarded::from_the_right(headers) {
            let Some(address) = entry else { break };
            client = address.to_canonical();
            if !self.contain(client) {
                break;
            }
        }
        client
    }
}

/// Returns the network that limits apply to: a single IPv4 address, or the /64 of an IPv6 address.
#[must_use]
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_SUBSCRIBER)),
        short @ IpAddr::V4(_) => short,
    }
}

#[cfg(test)]
mod tests;
