//! This site's origins, and whether a request comes from one of them.

use crate::api::paths::is_api;
use app::ledger::tail::LedgerTail;
use app::page::Routed;
use app::sessions::live;
use axum::http::{HeaderMap, Method, header};
use std::net::SocketAddr;

/// The origins under which browsers reach this server: `scheme://host[:port]` in lower case,
/// without the scheme's default port.
#[derive(Clone, Debug)]
pub struct Origins(Vec<String>);

/// Normalizes an authority: lower case, without a default or empty port. An omitted port and the
/// default port are equivalent (RFC 9110, section 4.2.3).
#[must_use]
pub fn spell_authority(scheme: &str, authority: &str) -> String {
    let authority = authority.to_lowercase();
    let own = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((host, "")) => host.to_owned(),
        Some((host, port)) if port.bytes().all(|one| one.is_ascii_digit()) && port.parse() == Ok(own) => {
            host.to_owned()
        }
        _ => authority,
    }
}

/// Normalizes an origin.
fn spell_origin(origin: &str) -> String {
    let origin = origin.to_lowercase();
    match origin.split_once("://") {
        Some((scheme, authority)) => format!("{scheme}://{}", spell_authority(scheme, authority)),
        None => origin,
    }
}

impl Origins {
    /// Returns the one origin that was configured.
    #[must_use]
    pub fn public(origin: &str) -> Self {
        Self(vec![spell_origin(origin.trim_end_matches('/'))])
    }

    /// Returns the origins of a server that is reached on this machine only.
    #[must_use]
    pub fn local(listen: SocketAddr, tls: bool) -> Self {
        let scheme = if tls { "https" } else { "http" };
        let port = match (listen.port(), tls) {
            (80, false) | (443, true) => String::new(),
            (port, _) => format!(":{port}"),
        };
        let mut origins = vec![format!("{scheme}://localhost{port}")];
        if !listen.ip().is_unspecified() {
            let host = match listen {
                SocketAddr::V4(listen) => listen.ip().to_string(),
                SocketAddr::V6(listen) => format!("[{}]", listen.ip()),
            };
            origins.insert(0, format!("{scheme}://{host}{port}"));
        }
        Self(origins)
    }

    /// Returns the first origin, for messages.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Returns every origin, the first one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns whether a `Host` header names this site. Any other name could be DNS rebinding.
    #[must_use]
    pub fn serve(&self, host: &str) -> bool {
        let names = |(scheme, known): (&str, &str)| spell_authority(scheme, host) == known;
        self.0.iter().any(|origin| origin.split_once("://").is_some_and(names))
    }

    /// Returns whether a request comes from this site's own pages. Decided by headers that browsers
    /// set and pages cannot forge: `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454). If
    /// both are missing, the answer is no.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (None, _) => Ok(None),
                (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
                (Some(_), Some(_)) => Err(()),
            }
        };
        let (Ok(site), Ok(origin)) = (one("sec-fetch-site"), one(header::ORIGIN.as_str())) else { return false };
        let site_is_ours = site.map(|site| site == "same-origin");
        let origin_is_ours = origin.map(|origin| self.0.contains(&spell_origin(origin)));
        match (site_is_ours, origin_is_ours) {
            (None, None) => false,
            (site, origin) => site != Some(false) && origin != Some(false),
        }
    }
}

/// Returns whether a request must come from this site's own pages. True for every method that is
/// not safe, and for every server function and event stream whatever its method. The API ignores
/// cookies, so no page can make a browser ask there for its user.
#[must_use]
pub fn must_be_ours(method: &Method, path: &str) -> bool {
    if is_api(path) {
        return false;
    }
    let is_stream = path == live::ADDRESS || path == LedgerTail::PATTERN;
    !matches!(*method, Method::GET | Method::HEAD) || path.starts_with("/api/") || is_stream
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        Origins::public("https://door.example").allow(&headers)
    }

    #[test]
    fn only_this_sites_own_pages_may_ask_for_a_change() {
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(allowed(&[("origin", "https://door.example")]));
        assert!(allowed(&[("origin", "https://door.example"), ("sec-fetch-site", "same-origin")]));
        for refused in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "http://door.example")],
            &[("origin", "https://door.example.evil.example")],
            &[("origin", "https://door.example:8443")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://door.example"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "https://door.example"), ("origin", "https://evil.example")],
            &[("referer", "https://door.example/")],
        ] {
            assert!(!allowed(refused), "{refused:?}");
        }
    }

    #[test]
    fn the_default_port_names_the_same_origin() {
        let origins = Origins::public("https://door.example:443/");
        assert_eq!(origins.first(), "https://door.example");
        for host in ["door.example", "DOOR.example:443", "door.example:", "door.example:0443"] {
            assert!(origins.serve(host), "{host}");
        }
        for host in
            ["door.example:80", "door.example:8443", "door.example:+443", "door.example:443:443", "door.example."]
        {
            assert!(!origins.serve(host), "{host}");
        }
        assert!(
            allowed(&[("origin", "https://door.example:443")]) && !allowed(&[("origin", "https://door.example:80")])
        );
        let local = Origins::public("http://[::1]:80");
        assert!(local.serve("[::1]") && local.serve("[::1]:80") && !local.serve("[::1]:443"));
        assert!(Origins::public("http://localhost:3000").serve("localhost:3000"));
    }

    #[test]
    fn a_local_server_is_reached_by_its_address_and_as_localhost() {
        let origins = Origins::local(SocketAddr::from(([127, 0, 0, 1], 3000)), false);
        assert!(origins.serve("127.0.0.1:3000") && origins.serve("LOCALHOST:3000"));
        assert!(!origins.serve("evil.example:3000") && !origins.serve("127.0.0.1") && !origins.serve(""));
    }
}
