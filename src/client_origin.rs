//! Where a request comes from, and when a change of that asks for a confirmation.

use std::net::IpAddr;

/// Where a request comes from, as far as the server can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientOrigin {
    /// The client's network address.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub user_agent: Option<String>,
}

/// Which changes of place ask the person to confirm that it is still them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconfirmOn {
    /// Another network: of IPv4 the first 24 bits, of IPv6 the first 48, so that a renewed lease asks nobody.
    pub network: bool,
    /// Another browser, or another version of it.
    pub browser: bool,
}

impl ReconfirmOn {
    /// Both changes ask.
    pub const BOTH: Self = Self { network: true, browser: true };
    /// None asks.
    pub const NONE: Self = Self { network: false, browser: false };

    /// Whether going from `before` to `now` asks for a confirmation.
    #[must_use]
    pub fn is_broken(self, before: &ConfirmedPlace, now: &ClientOrigin) -> bool {
        let there = now.address.as_deref().map(network);
        let other_network = before.last.address.as_deref().map(network) != there
            && before.other_family.as_deref().map(network).is_none_or(|network| Some(network) != there);
        (self.network && other_network) || (self.browser && before.last.user_agent != now.user_agent)
    }
}

/// From where a session was confirmed. A client that has IPv4 and IPv6 changes between both all the time (RFC 8305), so an
/// address of each counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmedPlace {
    /// From where it was confirmed last.
    pub last: ClientOrigin,
    /// From which address of the other family it was confirmed before that, by the same browser.
    pub other_family: Option<String>,
}

impl From<ClientOrigin> for ConfirmedPlace {
    fn from(last: ClientOrigin) -> Self {
        Self { last, other_family: None }
    }
}

/// Whether an address is one of IPv6, as sessions spell it.
#[must_use]
pub fn is_ipv6(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_ipv6())
}

/// The network of an address; the text itself where it is no address.
fn network(text: &str) -> Result<[u8; 6], &str> {
    match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            // No IPv6 network of the Internet begins so.
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
