//! Requests, measured by the pattern of their address, never by the address itself.

use crate::clock::since_start;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: &'static str,
}

/// The requests of one process.
#[derive(Clone, Debug)]
pub struct Requests(Family<Answered, Histogram, fn() -> Histogram>);

impl Default for Requests {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl Requests {
    /// Measures every request to `router`, until the head of its answer.
    pub(super) fn around(&self, router: Router) -> Router {
        let requests = self.clone();
        router.layer(from_fn(move |request: Request, next: Next| {
            let requests = requests.clone();
            async move {
                let pattern = request.extensions().get::<MatchedPath>();
                let route = pattern.map_or("none", MatchedPath::as_str).to_owned();
                let began = since_start();
                let response = next.run(request).await;
                let status = class(response.status().as_u16());
                let took = since_start().saturating_sub(began);
                requests.0.get_or_create(&Answered { route, status }).observe(took.as_secs_f64());
                response
            }
        }))
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "How long requests took, until the head of the answer";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.0.clone());
    }
}

const fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
