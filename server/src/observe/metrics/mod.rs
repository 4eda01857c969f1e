//! Numbers for Prometheus, on an address of their own: how much and how long, never who, which or
//! from where.
//!
//! Labels are words of the code: actions, reasons, ways in, patterns of addresses. So their number
//! is bounded, and nothing that a request brings reaches them.

pub mod decisions;
pub mod evidence;
mod requests;
mod sample;

use crate::backend::SqlBackend;
use crate::http::refusals;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use requests::Requests;
use sample::Sample;
use std::sync::Arc;

/// Where the numbers are.
pub const ADDRESS: &str = "/metrics";

/// The format of the answer.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The numbers of one process.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    backend: SqlBackend,
    registry: Registry,
    requests: Requests,
    sample: Sample,
}

impl Metrics {
    /// The numbers of everything behind this door.
    #[must_use]
    pub fn new(backend: SqlBackend) -> Self {
        let (requests, sample) = (Requests::default(), Sample::default());
        let mut registry = Registry::with_prefix("doorward");
        backend.database.decisions().register(&mut registry);
        backend.ledger.floods().register(&mut registry);
        backend.database.evidence().register(&mut registry);
        requests.register(&mut registry);
        sample.register(&mut registry);
        Self(Arc::new(Inner { backend, registry, requests, sample }))
    }

    /// The site's router, with each request measured.
    pub fn measure(&self, router: Router) -> Router {
        self.0.requests.around(router)
    }

    /// The router of the address for numbers: [`ADDRESS`], and nothing else.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        let answer = move || {
            let metrics = metrics.clone();
            async move { metrics.answer().await }
        };
        Router::new().route(ADDRESS, get(answer)).fallback(async || refusals::plain(StatusCode::NOT_FOUND))
    }

    async fn answer(&self) -> Response<Body> {
        self.0.sample.take(&self.0.backend).await;
        let mut text = String::new();
        if encode(&mut text, &self.0.registry).is_err() {
            return refusals::plain(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let mut response = Response::new(Body::from(text));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OPENMETRICS));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
