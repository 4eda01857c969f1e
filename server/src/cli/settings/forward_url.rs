//! Where records are forwarded to.

use crate::cli::settings::webhook_url::{is_this_machine, masked};
use http::Uri;

const PORT: u16 = 601;
const TLS_PORT: u16 = 6514;

/// The query of an address of syslog that asks for the receiver's own close as the sign that it has read everything.
const MUST_CLOSE: &str = "close=required";

/// `syslog+tls://host:port` or `https://…`; `syslog+tcp://…` and `http://…` to this machine alone. Those of syslog may end in
/// `?close=required`. It has no `Debug`; [`ForwardUrl::masked`] can be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ForwardUrl(Uri);

impl ForwardUrl {
    /// Reads an address. Returns `None` if records would go in the clear to another machine, or if it has a name and password.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let (scheme, host, authority) = (uri.scheme_str()?, uri.host()?, uri.authority()?.as_str());
        let is_safe = match scheme {
            "https" | "syslog+tls" => true,
            "http" | "syslog+tcp" => is_this_machine(host),
            _ => false,
        };
        let bare = !scheme.starts_with("syslog")
            || (matches!(uri.path(), "" | "/") && uri.query().is_none_or(|query| query == MUST_CLOSE));
        (is_safe && bare && !host.is_empty() && !authority.contains('@') && !text.contains('#')).then_some(Self(uri))
    }

    /// Whether the receiver speaks syslog, and not OpenTelemetry's protocol.
    #[must_use]
    pub fn is_syslog(&self) -> bool {
        self.0.scheme_str().is_some_and(|scheme| scheme.starts_with("syslog"))
    }

    /// Whether a batch of syslog counts as taken only once the receiver has closed its side of the connection.
    #[must_use]
    pub fn must_close(&self) -> bool {
        self.0.query() == Some(MUST_CLOSE)
    }

    /// Host, port, and whether it speaks TLS, of a receiver of syslog.
    #[must_use]
    pub fn syslog(&self) -> (String, u16, bool) {
        let by_tls = self.0.scheme_str() == Some("syslog+tls");
        let host = self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        (host, self.0.port_u16().unwrap_or(if by_tls { TLS_PORT } else { PORT }), by_tls)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_a_known_kind_and_by_tls_or_on_this_machine() {
        for (text, shown) in [
            ("syslog+tls://logs.example", "syslog+tls://logs.example"),
            ("syslog+tcp://127.0.0.1:1601", "syslog+tcp://127.0.0.1:1601"),
            ("https://logs.example/v1/logs?key=token", "https://logs.example/***"),
            ("http://[::1]:4318/v1/logs", "http://[::1]:4318/***"),
        ] {
            assert_eq!(ForwardUrl::parse(text).map(|url| url.masked()).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "syslog://127.0.0.1",
            "syslog+udp://127.0.0.1",
            "syslog+tcp://logs.example:601",
            "syslog+tls://logs.example/path",
            "syslog+tls://logs.example/?close=never",
            "syslog+tls://logs.example?",
            "http://logs.example/v1/logs",
            "https://name:password@logs.example/",
        ] {
            assert!(ForwardUrl::parse(text).is_none(), "{text}");
        }
        let must_close = |text| ForwardUrl::parse(text).map(|url| url.must_close());
        assert_eq!(must_close("syslog+tls://logs.example:6514"), Some(false));
        assert_eq!(must_close("syslog+tls://logs.example:6514?close=required"), Some(true));
        assert_eq!(must_close("syslog+tcp://127.0.0.1:1601/?close=required"), Some(true));
        let url = |text| ForwardUrl::parse(text).map(|url| url.syslog());
        assert_eq!(url("syslog+tls://logs.example"), Some(("logs.example".to_owned(), 6514, true)));
        assert_eq!(url("syslog+tcp://[::1]"), Some(("::1".to_owned(), 601, false)));
    }
}
