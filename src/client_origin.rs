//! The client's address and browser, and which changes of them require a confirmation.

use std::net::IpAddr;

/// The client's address and browser, as far as the server can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOrigin {
    /// The client's IP address.
    pub address: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Which changes of client address or browser require the user to confirm the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconfirmOn {
    /// Another network, compared by the first 24 bits of an IPv4 address or the first 48 of an IPv6
    /// address, so that a renewed DHCP lease requires no confirmation.
    pub network: bool,
    /// Another browser, or another version of the same browser.
    pub browser: bool,
}

impl ReconfirmOn {
    /// Both changes require a confirmation.
    pub const BOTH: Self = Self { network: true, browser: true };
    /// Neither change requires a confirmation.
    pub const NONE: Self = Self { network: false, browser: false };

    /// Returns whether moving from `before` to `now` requires a confirmation.
    #[must_use]
    pub fn is_broken(self, before: &ConfirmedPlace, now: &ClientOrigin) -> bool {
        let current = now.address.as_deref().map(network);
        let other_network = before.last.address.as_deref().map(network) != current
            && before.other_family.as_deref().map(network).is_none_or(|network| Some(network) != current);
        (self.network && other_network) || (self.browser && before.last.user_agent != now.user_agent)
    }
}

/// The address and browser from which a session was confirmed. A dual-stack client alternates
/// between IPv4 and IPv6 (Happy Eyeballs, RFC 8305), so one address of each family is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmedPlace {
    /// The address and browser of the latest confirmation.
    pub last: ClientOrigin,
    /// The address of the other family that the same browser confirmed before, if any.
    pub other_family: Option<String>,
}

impl From<ClientOrigin> for ConfirmedPlace {
    fn from(last: ClientOrigin) -> Self {
        Self { last, other_family: None }
    }
}

/// Returns whether `address` is an IPv6 address. An IPv4-mapped address (`::ffff:…`) counts as
/// IPv4.
#[must_use]
pub fn is_ipv6(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_ipv6())
}

/// Returns the network prefix of an address, or the text itself if it does not parse.
fn network(text: &str) -> Result<[u8; 6], &str> {
    match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            // An IPv4 prefix cannot collide with an IPv6 one: no public IPv6 prefix begins with 24
            // zero bits.
            Ok([0, 0, 0, a, b, c])
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, e, f, ..] = address.octets();
            Ok([a, b, c, d, e, f])
        }
        Err(_) => Err(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed(address: &str, browser: &str) -> ConfirmedPlace {
        at(address, browser).into()
    }

    fn at(address: &str, browser: &str) -> ClientOrigin {
        ClientOrigin { address: Some(address.to_owned()), user_agent: Some(browser.to_owned()) }
    }

    #[test]
    fn another_network_or_browser_asks_if_the_rule_says_so() {
        let home = confirmed("198.51.100.7", "Firefox");
        let near = at("198.51.100.200", "Firefox");
        let far = at("203.0.113.7", "Firefox");
        let other = at("198.51.100.7", "curl");
        assert!(!ReconfirmOn::BOTH.is_broken(&home, &home.last) && !ReconfirmOn::BOTH.is_broken(&home, &near));
        assert!(ReconfirmOn::BOTH.is_broken(&home, &far) && ReconfirmOn::BOTH.is_broken(&home, &other));
        assert!(!ReconfirmOn { network: false, browser: true }.is_broken(&home, &far));
        assert!(!ReconfirmOn { network: true, browser: false }.is_broken(&home, &other));
        assert!(!ReconfirmOn::NONE.is_broken(&home, &at("2001:db8::1", "curl")));
    }

    /// A missing address is another network.
    #[test]
    fn both_spellings_of_an_address_are_one_network() {
        let plain = confirmed("198.51.100.7", "Firefox");
        assert!(!ReconfirmOn::BOTH.is_broken(&plain, &at("::ffff:198.51.100.9", "Firefox")));
        assert!(ReconfirmOn::BOTH.is_broken(&plain, &ClientOrigin { address: None, ..plain.last.clone() }));
        let wide = confirmed("2001:db8:1::1", "Firefox");
        assert!(!ReconfirmOn::BOTH.is_broken(&wide, &at("2001:db8:1:ffff::2", "Firefox")));
        assert!(ReconfirmOn::BOTH.is_broken(&wide, &at("2001:db8:2::1", "Firefox")));
    }

    #[test]
    fn an_address_of_each_family_counts_with_its_browser_alone() {
        let both =
            ConfirmedPlace { other_family: Some("198.51.100.7".to_owned()), ..confirmed("2001:db8:1::1", "Firefox") };
        for near in ["198.51.100.9", "2001:db8:1::2"] {
            assert!(!ReconfirmOn::BOTH.is_broken(&both, &at(near, "Firefox")), "{near}");
            assert!(ReconfirmOn::BOTH.is_broken(&both, &at(near, "curl")), "{near}");
        }
        for far in ["203.0.113.7", "2001:db8:2::1"] {
            assert!(ReconfirmOn::BOTH.is_broken(&both, &at(far, "Firefox")), "{far}");
        }
        assert!(ReconfirmOn::BOTH.is_broken(&both, &ClientOrigin { address: None, ..both.last.clone() }));
    }
}
