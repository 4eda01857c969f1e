//! A receiver of webhooks, which keeps what came.

use super::webhook::ENOUGH;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use server::http::listener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// What came to a receiver.
pub struct Came {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Came {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A receiver on a free port.
pub struct Receiver {
    pub address: String,
    /// What it answers; 0 is nothing, for as long as it stays so.
    pub status: Arc<AtomicU16>,
    pub came: UnboundedReceiver<Came>,
}

impl Receiver {
    pub async fn new(status: u16) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (sender, came) = unbounded_channel();
        let status = Arc::new(AtomicU16::new(status));
        let says = Arc::clone(&status);
        let router = axum::Router::new().fallback(move |request| receive(request, sender.clone(), Arc::clone(&says)));
        tokio::spawn(async move { axum_serve(listener, router).await });
        Self { address, status, came }
    }

    pub fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub async fn next(&mut self) -> Came {
        timeout(ENOUGH, self.came.recv()).await.expect("something comes in time").expect("it still runs")
    }
}

async fn receive(request: Request<Body>, came: UnboundedSender<Came>, status: Arc<AtomicU16>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap().to_vec();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    // The test may be over.
    let _ = came.send(Came { path: head.uri.path().to_owned(), headers: head.headers, body, bytes });
    while status.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut answer = Response::new(Body::from("x".repeat(1_000_000)));
    *answer.status_mut() = StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap();
    answer.headers_mut().insert(header::LOCATION, "/elsewhere".parse().unwrap());
    answer
}

async fn axum_serve(listener: tokio::net::TcpListener, router: axum::Router) {
    let patience = listener::Patience { head: ENOUGH, shutdown: Duration::ZERO };
    listener::serve(listener, router, None, patience, std::future::pending()).await;
}
