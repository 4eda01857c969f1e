//! OpenTelemetry traces (OTLP over HTTP): a span for each request and each decision. Off by
//! default.
//!
//! A decision's span carries its record's id, so that a trace leads to the ledger. Spans are
//! queued, and the queue drops spans if the receiver is slow: no request waits for it, and the
//! ledger is complete regardless.

use crate::cli::settings::WebhookUrl;
use crate::http::address::TrustedProxies;
use crate::outgoing::{self, ClientError, HttpClient};
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request};
use doorward::ledger::AuditEntry;
use http::Uri;
use http_body_util::{BodyExt, Limited};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HeaderExtractor, HttpError};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{Metadata, Span};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// The path for spans below an endpoint (OTLP/HTTP).
const PATH: &str = "/v1/traces";
/// The exporter logs the address that it is given, and a path may be secret. It gets this address
/// instead of the real one.
const RECEIVER: &str = "http://receiver.invalid";
/// The time limit for one batch of spans.
const WHOLE: Duration = Duration::from_secs(5);
/// The time limit for the remaining spans when the program ends.
const AT_THE_END: Duration = Duration::from_secs(3);
/// The largest response that is read.
const MOST_ANSWER: usize = 64 * 1024;

/// Why traces cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("traces cannot be sent to the address of --otlp-endpoint")]
    Address,
    #[error("traces cannot be sent")]
    Exporter(#[from] ExporterBuildError),
}

/// Sends spans.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Creates an exporter to the endpoint at `url`, which runs on `handle`.
    pub fn new(url: &WebhookUrl, handle: Handle) -> Result<Self, TracesError> {
        let client = outgoing::client(url.uri().scheme_str() == Some("https"))?;
        let receiver = format!("{}{PATH}", url.uri().to_string().trim_end_matches('/'));
        let receiver = receiver.parse().map_err(|_| TracesError::Address)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(OnRuntime { client, handle, receiver })
            .with_endpoint(format!("{RECEIVER}{PATH}"))
            .with_timeout(WHOLE)
            .build()?;
        let resource = Resource::builder().with_service_name("doorward").build();
        Ok(Self(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build()))
    }

    /// Returns the layer that exports the spans of requests and decisions, but no log lines.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        OpenTelemetryLayer::new(self.0.tracer("doorward"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false)
            .with_target(false)
            .with_filter(tracing_subscriber::filter::filter_fn(is_traced))
    }

    /// Sends the remaining spans, within a few seconds.
    pub fn stop(self) {
        if let Err(error) = self.0.shutdown_with_timeout(AT_THE_END) {
            tracing::warn!(%error, "some traces were not sent");
        }
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && matches!(metadata.name(), "request" | "decision") && metadata.target().starts_with("server::")
}

/// Runs the shared HTTP client. The exporter calls it from a thread outside the runtime.
struct OnRuntime {
    client: HttpClient,
    handle: Handle,
    receiver: Uri,
}

impl fmt::Debug for OnRuntime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OnRuntime")
    }
}

#[async_trait::async_trait]
impl opentelemetry_http::HttpClient for OnRuntime {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        *request.uri_mut() = self.receiver.clone();
        let client = self.client.clone();
        let sent = self.handle.spawn(async move {
            let answer = tokio::time::timeout(WHOLE, client.request(request.map(Body::from))).await??;
            let (head, body) = answer.into_parts();
            let body = tokio::time::timeout(WHOLE, Limited::new(body, MOST_ANSWER).collect()).await??.to_bytes();
            Ok::<_, HttpError>(http::Response::from_parts(head, body))
        });
        sent.await?
    }
}

/// Sets the route pattern of a request's span, and its parent if a trusted proxy names one. Trace
/// headers of other clients are ignored.
pub fn begin(span: &Span, request: &Request, proxies: &TrustedProxies) {
    if span.is_disabled() {
        return;
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if peer.is_some_and(|peer| proxies.contain(peer.0.ip().to_canonical())) {
        let outer = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
        // Fails only if tracing is off.
        let _ = span.set_parent(outer);
    }
    if let Some(pattern) = request.extensions().get::<MatchedPath>() {
        span.set_attribute("http.route", pattern.as_str().to_owned());
    }
}

/// Sets the response status of a request's span.
pub fn answered(span: &Span, status: u16) {
    span.set_attribute("http.response.status_code", i64::from(status));
}

/// Begins the span of a decision, which lasts until its record is durable. The span has no
/// parameters, names or addresses.
#[must_use]
pub fn decision(entry: &AuditEntry) -> Span {
    tracing::debug_span!(
        "decision",
        record = %entry.id,
        action = entry.action,
        decision = if entry.allowed { "allowed" } else { "refused" },
        reason = entry.code,
        entry = entry.entry.as_str(),
        request = entry.request,
    )
}
