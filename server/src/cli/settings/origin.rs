//! An origin (RFC 6454) as browsers write it, so that equal origins have equal texts.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// `https://host` or `https://host:port`; `http://` for this machine alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    is_secure: bool,
    host: String,
    /// `None` if it is the scheme's default port.
    port: Option<u16>,
}

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not of this form.
    #[error("an origin is written https://host or https://host:port, with nothing behind it")]
    Form,
    /// Plain HTTP to another machine.
    #[error("an origin must begin with https://; http:// is for localhost alone")]
    Plain,
}

impl Origin {
    /// The origin of a server that listens at `address`.
    #[must_use]
    pub fn of_address(address: SocketAddr, is_secure: bool) -> Self {
        let host = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        Self { is_secure, host, port: Self::unusual_port(is_secure, address.port()) }
    }

    /// Whether it is HTTPS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The host, without the port: a name in small letters, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What a `Host` header holds that asks for this origin.
    #[must_use]
    pub fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    fn unusual_port(is_secure: bool, port: u16) -> Option<u16> {
        (port != if is_secure { 443 } else { 80 }).then_some(port)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.authority())
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let text = text.trim().to_ascii_lowercase();
        let (scheme, authority) = text.split_once("://").ok_or(OriginError::Form)?;
        let is_secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(OriginError::Form),
        };
        let (host, port) = split_port(authority).ok_or(OriginError::Form)?;
        let host = canonical_host(host).ok_or(OriginError::Form)?;
        if !is_secure && !is_this_machine(&host) {
            return Err(OriginError::Plain);
        }
        Ok(Self { is_secure, host, port: port.and_then(|port| Self::unusual_port(is_secure, port)) })
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        // The last colon of an IPv6 address without a port is inside its brackets.
        Some((_, behind)) if behind.ends_with(']') => Some((authority, None)),
        Some((host, port)) if port.bytes().all(|one| one.is_ascii_digit()) => {
            port.parse().ok().filter(|port| *port != 0).map(|port| (host, Some(port)))
        }
        Some(_) => None,
        None => Some((authority, None)),
    }
}

fn canonical_host(host: &str) -> Option<String> {
    if let Some(inside) = host.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'-')
    };
    // A name that ends in a number is read as an IPv4 address by browsers, so it must be one.
    let is_numeric = host.rsplit('.').next().is_some_and(|label| label.bytes().all(|one| one.is_ascii_digit()));
    let is_host = host.len() <= 253 && host.split('.').all(is_label);
    (is_host && (!is_numeric || host.parse::<Ipv4Addr>().is_ok())).then(|| host.to_owned())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, written) in [
            ("https://Door.Example.ORG", "https://door.example.org"),
            ("https://door.example.org:443", "https://door.example.org"),
            ("https://door.example.org:8443", "https://door.example.org:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://[2001:DB8:0::1]:443", "https://[2001:db8::1]"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|origin| origin.to_string()), Ok(written.to_owned()));
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "door.example.org",
            "https://",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "https://a:",
            "https://a:0",
            "https://a:65536",
            "https://a:+1",
            "https://a b",
            "https://-a",
            "https://a..b",
            "ftp://a",
            "https://1.2.3",
            "https://*.example.org",
            "null",
            "https://[::1",
            "https://a,https://b",
            "https://a#",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Form), "{text}");
        }
        for text in ["http://door.example.org", "http://192.0.2.1:3000", "http://localhost.example.org"] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Plain), "{text}");
        }
    }

    #[test]
    fn a_listening_address_is_an_origin() {
        let origin = |text: &str, secure| Origin::of_address(text.parse().unwrap(), secure).to_string();
        assert_eq!(origin("127.0.0.1:3000", false), "http://127.0.0.1:3000");
        assert_eq!(origin("[::1]:443", true), "https://[::1]");
    }
}
