//! The listener: connections with limits on slow clients, optional TLS, and graceful shutdown.

mod connection;
mod places;

pub use places::{Places, raise_descriptor_limit};

use crate::clock::since_start;
use crate::http::address::TrustedProxies;
use axum::Router;
use connection::Connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;
const MOST_STREAMS: u32 = 128;
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);
/// How long a connection may stay open between two requests.
const IDLE: Duration = Duration::from_secs(60);

/// Timeouts for slow clients.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a request head. For the first request, it counts from accepting the connection, so that
    /// it includes the TLS handshake and clients that send nothing.
    pub head: Duration,
    /// For requests still under way when the server is told to stop.
    pub shutdown: Duration,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{0} cannot be read as a PEM file")]
    File(String, #[source] tokio_rustls::rustls::pki_types::pem::Error),
    #[error("the TLS certificate and its key do not fit together")]
    Pair(#[source] tokio_rustls::rustls::Error),
}

/// Loads a certificate chain and its private key.
pub fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |error| TlsError::File(path, error)
    };
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect).map_err(unreadable(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let mut config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The limits on connections.
#[derive(Clone)]
pub struct Limits {
    /// The number of connections, in total and for each client network.
    pub places: Places,
    /// How long a connection may stay open between two requests.
    pub idle: Duration,
}

impl Limits {
    /// Uses `places` and the default idle timeout.
    #[must_use]
    pub const fn new(places: Places) -> Self {
        Self { places, idle: IDLE }
    }
}

/// Serves `router` with the default limits and without trusted proxies; see [`serve_within`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let limits = Limits::new(Places::for_site(TrustedProxies::default()));
    serve_within(listener, router, tls, patience, limits, stop).await;
}

/// Serves `router` until `stop` completes. Requests under way may then finish within
/// [`Patience::shutdown`].
pub async fn serve_within(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    patience: Patience,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let (told_to_stop, _) = watch::channel(());
    let builder = builder(patience.head);
    let mut stop = std::pin::pin!(stop);
    let mut accepts = true;
    loop {
        let free = tokio::select! {
            free = limits.places.free() => free,
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Most likely the process is out of file descriptors. They become free as
                    // connections end, and clients wait in the kernel's queue until then. This is
                    // logged once, not for every attempt.
                    if std::mem::take(&mut accepts) {
                        tracing::warn!(%error, "a connection could not be accepted; the server tries again until one can");
                    }
                    tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        if !std::mem::replace(&mut accepts, true) {
            tracing::info!("connections can be accepted again");
        }
        // A network that has all its connections in use is disconnected before a byte is read.
        let Some(place) = limits.places.take(free, peer.ip()) else { continue };
        let connection = Connection {
            builder: builder.clone(),
            router: router.clone(),
            peer,
            head: patience.head,
            idle: limits.idle,
            accepted: since_start(),
            stop: told_to_stop.subscribe(),
        };
        let tls = tls.clone();
        tokio::spawn(async move {
            connection.run(stream, tls).await;
            drop(place);
        });
    }
    drop(listener);
    told_to_stop.send_replace(());
    if timeout(patience.shutdown, told_to_stop.closed()).await.is_err() {
        tracing::warn!("some requests were cut off, because they took longer than the shutdown may");
    }
}

fn builder(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // hyper's header timeout works only with a timer.
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(u32::try_from(LARGEST_HEAD).unwrap_or(u32::MAX));
    builder
}
