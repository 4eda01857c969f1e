//! The webhook's address, whose path may be a secret by itself.

use std::net::IpAddr;

use http::Uri;

/// `https://…`; `http://…` to this machine alone. It has no `Debug`; [`WebhookUrl::masked`] can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Uri);

impl WebhookUrl {
    /// Reads an address. Returns `None` if notices would go in the clear to another machine, or if it has a name and password.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let (host, authority) = (uri.host()?, uri.authority()?.as_str());
        let is_safe = match uri.scheme_str()? {
            "https" => true,
            "http" => is_this_machine(host),
            _ => false,
        };
        (is_safe && !host.is_empty() && !authority.contains('@') && !text.contains('#')).then_some(Self(uri))
    }

    /// The address itself.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.0
    }

    /// The address without what may be a secret: scheme and host.
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.0)
    }
}

pub(super) fn masked(uri: &Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let rest = if uri.path_and_query().is_none_or(|rest| rest.as_str() == "/") { "" } else { "/***" };
    format!("{}://{authority}{rest}", uri.scheme_str().unwrap_or_default())
}

pub(super) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (text, shown) in [
            ("https://hooks.example", "https://hooks.example"),
            ("https://hooks.example:8443/a/token?b=c", "https://hooks.example:8443/***"),
            ("http://127.0.0.1:9000/notices", "http://127.0.0.1:9000/***"),
            ("http://[::1]:9000/", "http://[::1]:9000"),
            ("http://localhost:9000", "http://localhost:9000"),
        ] {
            assert_eq!(WebhookUrl::parse(text).map(|url| url.masked()).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "hooks.example",
            "/notices",
            "ftp://hooks.example",
            "http://hooks.example",
            "http://192.0.2.1/",
            "http://127.0.0.1.example/",
            "http://localhost.example/",
            "https://name:password@hooks.example/",
            "https://hooks.example/#part",
            "https://",
        ] {
            assert!(WebhookUrl::parse(text).is_none(), "{text}");
        }
    }
}
