//! Requests that this program makes itself: TLS, the client, and how long to wait before another try.

use axum::body::Body;
use doorward::{Randomness, Span};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// For a connection.
const CONNECT: Duration = Duration::from_secs(5);
const FIRST_WAIT: Span = Span::seconds(1);

/// How this program names itself.
pub const USER_AGENT: &str = concat!("doorward/", env!("CARGO_PKG_VERSION"));

/// A client for requests to a receiver.
pub type HttpClient = Client<HttpsConnector<HttpConnector>, Body>;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No root certificates.
    #[error("this machine has no root certificates that the receiver's could lead to")]
    Roots(#[source] std::io::Error),
    /// TLS cannot be had.
    #[error("TLS cannot be had for sending")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// The receiver's name can stand in no certificate.
    #[error("the receiver's name is none that a certificate could have")]
    Name,
}

/// What TLS trusts: the machine's root certificates; none where nothing is sent by TLS, as a machine without roots can
/// still send to itself.
///
/// # Errors
/// Where the roots cannot be had.
pub fn tls(with_roots: bool) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = if with_roots {
        config.with_native_roots().map_err(ClientError::Roots)?
    } else {
        config.with_root_certificates(RootCertStore::empty())
    };
    Ok(config.with_no_client_auth())
}

/// A client that follows nothing and keeps no connection open: an answer's unread rest ends with its connection.
///
/// # Errors
/// Where TLS cannot be had.
pub fn client(by_tls: bool) -> Result<HttpClient, ClientError> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT));
    connector.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_tls_config(tls(by_tls)?);
    let connector = tls.https_or_http().enable_http1().wrap_connector(connector);
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// How long to wait after so many tries before: twice as long each time, and a random part of the second half, so that
/// many that failed together do not come back together.
#[must_use]
pub fn backoff(tries: i64, longest: Span, random: &dyn Randomness) -> Span {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    let most = (FIRST_WAIT.0 << doublings).min(longest.0);
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let half = most / 2;
    Span(half + half * i64::from(u16::from_be_bytes(bytes)) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct All(u8);
    impl Randomness for All {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn each_wait_is_twice_as_long_up_to_an_hour() {
        let longest: Vec<i64> = (0..14).map(|tries| backoff(tries, Span::hours(1), &All(0xff)).0 / 1000).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        for tries in [0, 1, 11, 12, 63, i64::MAX] {
            assert_eq!(
                backoff(tries, Span::hours(1), &All(0)).0,
                backoff(tries, Span::hours(1), &All(0xff)).0 / 2,
                "{tries}"
            );
        }
    }
}
