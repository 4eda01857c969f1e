//! Serving: connections with limits on how slow they may be, TLS where it is configured, and an orderly end.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower::ServiceExt;

/// Connections at the same time; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 16_384;
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;
const MOST_STREAMS: u32 = 128;
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// How slow a client may be.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, and for a TLS handshake.
    pub head: Duration,
    /// For everything that is under way when the server is told to stop.
    pub shutdown: Duration,
}

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{0} cannot be read as a PEM file")]
    File(String, #[source] tokio_rustls::rustls::pki_types::pem::Error),
    /// Certificate and key do not fit.
    #[error("the TLS certificate and its key do not fit together")]
    Pair(#[source] tokio_rustls::rustls::Error),
}

/// Reads a certificate chain and its key.
///
/// # Errors
/// Where a file cannot be read, or the two do not fit.
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

/// Serves `router` until `stop` is done, and then lets what is under way finish, for as long as patience lasts.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let builder = builder(patience.head);
    let mut stop = std::pin::pin!(stop);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, most likely: others will be given back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let connection =
            Connection { builder: builder.clone(), router: router.clone(), peer, watcher: graceful.watcher() };
        let tls = tls.clone();
        tokio::spawn(async move {
            connection.run(stream, tls, patience.head).await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(patience.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off, because they took longer than the shutdown may");
    }
}

fn builder(head: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Without a timer hyper's own header timeout never fires.
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

struct Connection {
    builder: Builder<TokioExecutor>,
    router: Router,
    peer: SocketAddr,
    watcher: hyper_util::server::graceful::Watcher,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>, handshake: Duration) {
        // Small answers should not wait for more (Nagle's algorithm).
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.answer(stream).await,
            Some(tls) => match timeout(handshake, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.answer(stream).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            },
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let peer = self.peer;
        let service = self.router.map_request(move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(Body::new)
        });
        let service = TowerToHyperService::new(service);
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        if let Err(error) = self.watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended");
        }
    }
}
