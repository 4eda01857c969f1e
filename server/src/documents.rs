//! Documents and files: every page, by GET, or by POST where a form is sent to it.

use crate::context::{answer, fields, visit};
use crate::{Shared, layers};
use app::form::Form;
use app::ui::shell;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Method, Request, Response, StatusCode, Uri, header};
use doorward::ledger::Entry;
use leptos::prelude::provide_context;
use std::path::Path;
use tower_http::services::ServeDir;

/// An address that no page has.
const NO_PAGE: &str = "/-";
/// Fields that a form may have.
const MOST_FIELDS: usize = 64;
const FORM: &str = "application/x-www-form-urlencoded";

/// Renders the page at an address.
pub async fn document(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let form = match parts.method {
        Method::POST => match read_form(&shared, &parts.headers, body).await {
            Ok(form) => Some(form),
            Err(status) => return layers::plain_refusal(status),
        },
        _ => None,
    };
    let visit = visit(&shared, &parts, Entry::Page, form);
    let head = visit.head.clone();
    let assets = shared.settings.assets.clone();
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(visit.clone()),
        move || shell(assets.clone()),
    );
    let response = render(Request::from_parts(parts, Body::empty())).await;
    answer(head.take(), response)
}

/// Whatever no route knows: the page that says so.
pub async fn no_such_address(state: State<Shared>, mut request: Request<Body>) -> Response<Body> {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD) && request.uri().path().starts_with('/');
    // Leptos' router would find a page behind a trailing slash or a dot segment; an address has one spelling.
    *request.uri_mut() = Uri::from_static(NO_PAGE);
    if readable { document(state, request).await } else { layers::plain_refusal(StatusCode::NOT_FOUND) }
}

async fn read_form(shared: &Shared, headers: &axum::http::HeaderMap, body: Body) -> Result<Form, StatusCode> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
    let bytes = to_bytes(body, shared.settings.body_limit).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    if !is_form && !bytes.is_empty() {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    if form_urlencoded::parse(&bytes).nth(MOST_FIELDS).is_some() {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    Ok(fields(&bytes))
}

/// Scripts and styles, whose names carry their hash and which never change, and the few files that have plain names.
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
