//! The HTTP client for requests that the server makes itself: TLS, address checks, and retry
//! delays.

use axum::body::Body;
use doorward::{Randomness, TimeSpan};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioExecutor;
use std::future::Future;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec::IntoIter;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// The connect timeout.
const CONNECT: Duration = Duration::from_secs(5);
const FIRST_WAIT: TimeSpan = TimeSpan::seconds(1);
/// The largest response head.
const LARGEST_HEAD: usize = 64 * 1024;

/// The `User-Agent` of outgoing requests.
pub const USER_AGENT: &str = concat!("doorward/", env!("CARGO_PKG_VERSION"));

/// The HTTP client for outgoing requests.
pub type HttpClient = Client<HttpsConnector<HttpConnector<Resolver>>, Body>;

/// Why the client cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("this machine has no root certificates to verify the receiver's certificate with")]
    Roots(#[source] std::io::Error),
    #[error("TLS cannot be set up for outgoing requests")]
    Tls(#[from] tokio_rustls::rustls::Error),
    #[error("the receiver's host name is not valid in a TLS certificate")]
    Name,
}

/// Returns the TLS configuration with the machine's root certificates. Without `with_roots`, the
/// list is empty: a machine without root certificates can still send to itself without TLS.
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

/// Resolves names. Without TLS, only loopback addresses are accepted, whatever the name resolves
/// to.
#[derive(Clone, Debug)]
pub struct Resolver {
    names: GaiResolver,
    this_machine: bool,
}

impl tower::Service<Name> for Resolver {
    type Response = IntoIter<SocketAddr>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        tower::Service::poll_ready(&mut self.names, context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, this_machine) = (tower::Service::call(&mut self.names, name), self.this_machine);
        Box::pin(async move { allowed(found.await?, this_machine) })
    }
}

/// Returns the addresses that may be contacted. If there are none, that is an error.
fn allowed(found: impl Iterator<Item = SocketAddr>, this_machine: bool) -> Result<IntoIter<SocketAddr>, Error> {
    let allowed: Vec<_> = found.filter(|at| !this_machine || at.ip().to_canonical().is_loopback()).collect();
    if allowed.is_empty() { Err(ErrorKind::AddrNotAvailable.into()) } else { Ok(allowed.into_iter()) }
}

/// Returns a client that follows no redirects and keeps no connection open. The unread rest of a
/// response ends with its connection.
pub fn client(by_tls: bool) -> Result<HttpClient, ClientError> {
    let names = Resolver { names: GaiResolver::new(), this_machine: !by_tls };
    let mut connector = HttpConnector::new_with_resolver(names);
    connector.set_connect_timeout(Some(CONNECT));
    connector.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_tls_config(tls(by_tls)?);
    let connector = tls.https_or_http().enable_http1().wrap_connector(connector);
    let mut client = Client::builder(TokioExecutor::new());
    Ok(client.pool_max_idle_per_host(0).http1_max_buf_size(LARGEST_HEAD).build(connector))
}

/// Returns the delay before the next attempt. The delay doubles each time, and half of it is
/// random, so that clients that failed together do not retry together.
#[must_use]
pub fn backoff(tries: i64, longest: TimeSpan, random: &dyn Randomness) -> TimeSpan {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    let delay = (FIRST_WAIT.0 << doublings).min(longest.0);
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let half = delay / 2;
    TimeSpan(half + half * i64::from(u16::from_be_bytes(bytes)) / i64::from(u16::MAX))
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
    fn without_tls_a_name_leads_to_this_machine_alone() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        let found = addresses(&["192.0.2.1:80", "127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80", "10.0.0.1:80"]);
        let here: Vec<_> = allowed(found.clone().into_iter(), true).unwrap().collect();
        assert_eq!(here, addresses(&["127.0.0.1:80", "[::1]:80", "[::ffff:127.0.0.1]:80"]));
        assert_eq!(allowed(found.clone().into_iter(), false).unwrap().count(), found.len());
        assert!(allowed(found[..1].iter().copied(), true).is_err());
    }

    #[test]
    fn each_wait_is_twice_as_long_up_to_an_hour() {
        let longest: Vec<i64> = (0..14).map(|tries| backoff(tries, TimeSpan::hours(1), &All(0xff)).0 / 1000).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        for tries in [0, 1, 11, 12, 63, i64::MAX] {
            assert_eq!(
                backoff(tries, TimeSpan::hours(1), &All(0)).0,
                backoff(tries, TimeSpan::hours(1), &All(0xff)).0 / 2,
                "{tries}"
            );
        }
    }
}
