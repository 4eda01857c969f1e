//! One connection, which is closed if no request arrives in time, if it is idle for too long, or if
//! the server stops.

use crate::clock::since_start;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// An accepted connection.
pub struct Connection {
    pub builder: Builder<TokioExecutor>,
    pub router: Router,
    pub peer: SocketAddr,
    /// The time limit for the first request head, counted from [`Connection::accepted`], and for
    /// closing an idle connection.
    pub head: Duration,
    /// How long the connection may stay open between two requests.
    pub idle: Duration,
    /// When the connection was accepted, measured from process start.
    pub accepted: Duration,
    /// Changes when the server is told to stop.
    pub stop: watch::Receiver<()>,
}

impl Connection {
    /// Serves requests until the connection ends.
    pub async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Disable Nagle's algorithm, so that small responses are sent at once.
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.answer(stream).await,
            Some(tls) => match timeout(until(self.accepted + self.head), tls.accept(stream)).await {
                Ok(Ok(stream)) => self.answer(stream).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            },
        }
    }

    async fn answer(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let requests = Arc::new(Requests::default());
        let (router, peer, counted) = (self.router, self.peer, Arc::clone(&requests));
        let service = service_fn(move |mut request: Request<Incoming>| {
            let busy = Busy::new(&counted);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { answer.await.map(|response| response.map(|body| Answer { body, _busy: busy })) }
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let mut connection = pin!(connection);
        // hyper's timers start once it knows the protocol. Until the first request only this
        // deadline applies.
        let mut ends = self.accepted + self.head;
        let (mut stops, mut closes) = (false, false);
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended");
                    }
                    return;
                }
                _ = self.stop.changed(), if !stops => {
                    stops = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = requests.changed.notified() => ends = since_start() + self.idle,
                () = sleep(until(ends)), if !requests.is_under_way() => {
                    if closes || requests.none_yet() {
                        return;
                    }
                    // An HTTP/2 client is told first (GOAWAY), so that it does not send a request
                    // into a closed connection.
                    closes = true;
                    connection.as_mut().graceful_shutdown();
                    ends = since_start() + self.head;
                }
            }
        }
    }
}

/// Returns how long it is until `end`, which is measured from process start.
fn until(end: Duration) -> Duration {
    end.saturating_sub(since_start())
}

/// Tracks the requests of one connection.
#[derive(Default)]
struct Requests {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    changed: Notify,
}

impl Requests {
    fn none_yet(&self) -> bool {
        self.begun.load(Ordering::Acquire) == 0
    }

    fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Acquire) > 0
    }
}

/// A request under way: from its complete head to the end of its response.
struct Busy(Arc<Requests>);

impl Busy {
    fn new(requests: &Arc<Requests>) -> Self {
        requests.begun.fetch_add(1, Ordering::AcqRel);
        requests.under_way.fetch_add(1, Ordering::AcqRel);
        requests.changed.notify_one();
        Self(Arc::clone(requests))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_one();
    }
}

/// A response body. The request counts as under way until it is sent.
struct Answer {
    body: Body,
    _busy: Busy,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
