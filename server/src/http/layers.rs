//! The middleware stack around all routes.

use crate::Shared;
use crate::api::paths;
use crate::api::problem::{MEDIA_TYPE, Problem};
use crate::http::context::{RequestId, Reveals};
use crate::http::documents;
use crate::http::floods::shed;
use crate::http::origins::must_be_ours;
use crate::http::refusals;
use crate::http::site::HttpSite;
use crate::observe::traces;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use http_body_util::Limited;
use std::any::Any;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tracing::Instrument;

/// Adds the layers that every site needs.
pub fn around_any<H: HttpSite>(router: Router<H>, host: &H) -> Router<H> {
    router
        .layer(from_fn_with_state(host.clone(), limit_body::<H>))
        .layer(from_fn_with_state(host.clone(), explain_too_large::<H>))
        .layer(from_fn_with_state(host.clone(), only_our_own::<H>))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(host.clone(), protect::<H>))
}

/// Adds the console's layers to the router. The last one added here is the first that a request meets.
pub fn around(router: Router<Shared>, shared: &Shared) -> Router<Shared> {
    let settings = &shared.settings;
    router
        // Limits how slowly a body may arrive and how large it may be.
        .layer(RequestBodyTimeoutLayer::new(settings.request_timeout))
        .layer(from_fn_with_state(shared.clone(), limit_body::<Shared>))
        .layer(from_fn_with_state(shared.clone(), explain_too_large::<Shared>))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, settings.request_timeout))
        // Refuses cross-site requests before their body is read.
        .layer(from_fn_with_state(shared.clone(), only_our_own::<Shared>))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(may_be_compressed))
        // A panic ends one request, and the response does not reveal the cause.
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(from_fn_with_state(shared.clone(), trace))
        // Refuses floods before they cause a log line, a trace, a page or a record.
        .layer(from_fn_with_state(shared.clone(), shed))
        .layer(from_fn(explain_to_machines))
        .layer(from_fn_with_state(shared.clone(), protect::<Shared>))
}

/// Gives a program an error in JSON, also if one of the layers has answered.
async fn explain_to_machines(request: Request, next: Next) -> Response<Body> {
    let is_api = paths::is_api(request.uri().path());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !is_api || !(status.is_client_error() || status.is_server_error()) || kind.is_some_and(|kind| kind == MEDIA_TYPE)
    {
        return response;
    }
    let mut problem = Problem::of_status(status).into_response();
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        problem.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    if let Some(methods) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, methods.clone());
    }
    problem
}

/// Gives the request an id and a trace span with method, path without query, and status. No headers
/// and no body.
async fn trace(State(shared): State<Shared>, mut request: Request, next: Next) -> Response<Body> {
    let mut bytes = [0; 8];
    shared.backend.random.fill(&mut bytes);
    let id = format!("{:016x}", u64::from_be_bytes(bytes));
    let span = tracing::info_span!("request", otel.kind = "server", id, method = %request.method(), path = request.uri().path());
    traces::begin(&span, &request, &shared.settings.proxies);
    request.extensions_mut().insert(RequestId(id.clone()));
    async move {
        let began = shared.backend.clock.now();
        let mut response = next.run(request).await;
        let took = shared.backend.clock.now().since(began).0;
        traces::answered(&tracing::Span::current(), response.status().as_u16());
        tracing::info!(status = response.status().as_u16(), milliseconds = took, "answered");
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Limits the size of a body: by the setting, and by a larger limit for forms with files, at the addresses that take them.
/// A body whose announced length is too large is not read.
async fn limit_body<H: HttpSite>(State(site): State<H>, request: Request, next: Next) -> Response<Body> {
    let asked = (request.method(), request.headers(), request.extensions());
    let limit = documents::upload_limit(&site, asked).unwrap_or_else(|| site.body_limit());
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > limit) {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return refused;
    }
    next.run(request.map(|body| Body::new(Limited::new(body, limit)))).await
}

/// Answers a form whose announced length is too large with a page in place of the layer's own words.
async fn explain_too_large<H: HttpSite>(State(site): State<H>, request: Request, next: Next) -> Response<Body> {
    if request.method() != Method::POST || paths::is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let by_layer = response.status() == StatusCode::PAYLOAD_TOO_LARGE && response.headers().get(header::VARY).is_none();
    if by_layer { documents::refuse_form(&site, asked, StatusCode::PAYLOAD_TOO_LARGE).await } else { response }
}

/// Refuses an unknown `Host`, and cross-site requests that could change something.
async fn only_our_own<H: HttpSite>(State(site): State<H>, request: Request, next: Next) -> Response<Body> {
    let origins = site.origins();
    let in_uri = request.uri().authority().map(|authority| authority.as_str());
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).or(in_uri);
    let health = matches!(request.uri().path(), "/healthz" | "/readyz");
    if !health && !host.is_some_and(|host| origins.serve(host)) {
        return refusals::plain(StatusCode::MISDIRECTED_REQUEST);
    }
    if must_be_ours(request.method(), request.uri().path()) && !origins.allow(request.headers()) {
        tracing::warn!("refused a cross-site request");
        return refusals::plain(StatusCode::FORBIDDEN);
    }
    next.run(request).await
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With "no-referrer", browsers would send `Origin: null` with this site's own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Adds the security headers. A response without a `Cache-Control` of its own becomes `no-store`.
async fn protect<H: HttpSite>(State(site): State<H>, request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let status = response.status();
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.tls() {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, nothing);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE && !headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    }
    response
}

/// For files whose name contains their hash, which therefore never change.
pub async fn keep_for_ever(mut response: Response<Body>) -> Response<Body> {
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, for_ever);
    }
    response
}

/// A response that contains both a secret value and attacker-controlled text is not compressed
/// (BREACH attack). Scripts and styles are precompressed at build time; this layer only handles
/// them if those files are missing.
fn may_be_compressed(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") || matches!(kind, "application/wasm" | "image/svg+xml");
    is_text && extensions.get::<Reveals>().is_none()
}

fn after_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request panicked");
    refusals::plain(StatusCode::INTERNAL_SERVER_ERROR)
}
