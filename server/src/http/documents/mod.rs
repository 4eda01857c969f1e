//! Documents: every page by GET, forms by POST, and static files.

mod forms;

pub(crate) use forms::read_form;
pub use forms::{is_multipart, upload_limit};

use crate::Shared;
use crate::http::context::{answer, is_prefetch, visit};
use crate::http::site::HttpSite;
use crate::http::{layers, refusals, streamed};
use app::page::answer_as_usual;
use app::page::context::RequestContext;
use app::page::error::PageError;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use doorward::LocalPath;
use doorward::ledger::Channel;
use leptos::prelude::{IntoAny, Suspend, provide_context};
use std::path::Path;
use tower_http::services::ServeDir;

/// A path that no page has.
const NO_PAGE: &str = "/-";
/// A request header set by islands. It grants nothing: it only asks for responses that a script can
/// read.
const BY_ISLAND: &str = "doorward-island";
/// A response header with the redirect target, because a script cannot read where a redirect leads.
const ONWARD: &str = "doorward-onward";

/// Renders the page at the request's path.
pub async fn document<H: HttpSite>(State(host): State<H>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let posted = match parts.method {
        Method::POST => forms::read_posted(&host, &parts, body).await,
        _ => Ok((None, None)),
    };
    // The place is kept until the answer is complete.
    let (form, _place) = match posted {
        Ok(posted) => posted,
        Err(status) => return refuse_form(&host, parts, status).await,
    };
    let by_island = parts.headers.contains_key(BY_ISLAND);
    let entry = if by_island { Channel::ServerFunction } else { Channel::Page };
    let visit = visit(&host, &parts, entry, form);
    let rewrite = host.rewrites(&visit);
    let response = render(&host, &visit, parts, None).await;
    let mut head = visit.head.take();
    if by_island {
        if let Some(failure) = head.failure.take_if(|failure| !matches!(failure, PageError::Invalid { .. })) {
            head.see_other = None;
            let refusal = refusals::for_island(&failure, &visit, head.held_up);
            return answer(head, refusal);
        }
        if let Some(path) = head.see_other.take() {
            return answer(head, go_on(&path));
        }
    }
    let deferred = std::mem::take(&mut head.deferred);
    let response = answer(head, response);
    if rewrite.is_none() && deferred.is_empty() {
        return response;
    }
    streamed::in_order(host, visit, response, deferred, rewrite).await
}

/// Renders the page, or an error if the page could not be asked.
pub async fn render<H: HttpSite>(
    host: &H,
    visit: &RequestContext<H::Site>,
    parts: Parts,
    failure: Option<PageError>,
) -> Response<Body> {
    let (host, visit) = (host.clone(), visit.clone());
    let context = move || provide_context(visit.clone());
    let document = move || {
        let (inside, failure) = (host.clone(), failure.clone());
        host.document(Box::new(move || match failure {
            None => inside.pages(),
            Some(failure) => Suspend::new(async move { answer_as_usual::<H::Site>(&failure).await }).into_any(),
        }))
    };
    leptos_axum::render_app_async_with_context(context, document)(Request::from_parts(parts, Body::empty())).await
}

/// Refuses a form that was not read. A person gets a page; a script gets a sentence.
pub async fn refuse_form<H: HttpSite>(host: &H, parts: Parts, status: StatusCode) -> Response<Body> {
    let accepts = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let wants_page = accepts.contains("text/html") && !parts.headers.contains_key(BY_ISLAND);
    if status != StatusCode::PAYLOAD_TOO_LARGE || !wants_page {
        return refusals::plain(status);
    }
    let visit = visit(host, &parts, Channel::Page, None);
    let response = render(host, &visit, parts, Some(PageError::TooLarge)).await;
    answer(visit.head.take(), response)
}

fn go_on(path: &LocalPath) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(path) = HeaderValue::from_str(path.as_str()) {
        response.headers_mut().insert(ONWARD, path);
    }
    response
}

/// Refuses to prefetch a page; the browser requests it again when the user opens it.
pub async fn not_in_advance(request: Request<Body>, next: axum::middleware::Next) -> Response<Body> {
    if is_prefetch(request.method(), request.headers()) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    next.run(request).await
}

/// Renders the error page for paths without a route.
pub async fn no_such_address<H: HttpSite>(state: State<H>, mut request: Request<Body>) -> Response<Body> {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD) && request.uri().path().starts_with('/');
    // Leptos' router would match a page despite a trailing slash or a dot segment, but an address
    // has only one spelling.
    *request.uri_mut() = Uri::from_static(NO_PAGE);
    if readable { document(state, request).await } else { refusals::plain(StatusCode::NOT_FOUND) }
}

/// Serves scripts and styles, which have a hash in their name and never change, and the few files
/// with plain names.
pub fn files(root: &Path) -> Router<Shared> {
    let packaged = ServeDir::new(root.join("pkg")).precompressed_br();
    let icon = tower_http::services::ServeFile::new(root.join("favicon.svg"));
    let robots = tower_http::services::ServeFile::new(root.join("robots.txt"));
    Router::new()
        .nest_service("/pkg", packaged)
        .layer(axum::middleware::map_response(layers::keep_for_ever))
        .route_service("/favicon.svg", icon)
        .route_service("/robots.txt", robots)
}
