//! Refusals that are not documents: the only place that builds the 403, 404, 413, 421, 422, 429 and
//! 503 of other responses. Refused documents are rendered by the site (`app::console::error_page`).

use app::page::context::RequestContext;
use app::page::error::PageError;
use app::page::{CompactEncoding, Site, onward};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use leptos::server_fn::ContentType;
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};
use serde::Serialize;

/// Returns a refusal that no page can render: a status with a plain sentence.
#[must_use]
pub fn plain(status: StatusCode) -> Response<Body> {
    let sentence = match status {
        StatusCode::BAD_REQUEST => "This form is not in UTF-8, so nothing of it was taken.\n",
        StatusCode::FORBIDDEN => "This request came from another site, so it was not looked at.\n",
        StatusCode::MISDIRECTED_REQUEST => "This server does not answer to that name.\n",
        StatusCode::NOT_FOUND => "There is nothing here.\n",
        StatusCode::PAYLOAD_TOO_LARGE => "That is more than this server reads.\n",
        StatusCode::TOO_MANY_REQUESTS => {
            "Too many requests without a session came from your network. Try again in a few seconds.\n"
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "This page takes forms in UTF-8 only.\n",
        _ => "Something went wrong. It is in the log.\n",
    };
    let mut response = Response::new(Body::from(sentence));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Returns a typed error as the browser's half of a server function reads it, with its status.
#[must_use]
pub fn typed(failure: &PageError) -> Response<Body> {
    let mut response = coded(failure, Body::from(failure.ser()), CompactEncoding::CONTENT_TYPE);
    response.headers_mut().insert(SERVER_FN_ERROR_HEADER, HeaderValue::from_static("1"));
    response
}

/// Returns a typed error in JSON, with its status.
#[must_use]
pub fn json(failure: &PageError) -> Response<Body> {
    coded(failure, Body::from(serde_json::to_string(failure).unwrap_or_default()), "application/json")
}

fn coded(failure: &PageError, body: Body, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(seconds) = failure.retry_after() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// An error as an island reads it.
#[derive(Serialize)]
struct ForIsland<'a> {
    sentence: String,
    onward: Option<String>,
    failure: &'a PageError,
}

/// Returns the error of a form that an island sent, with the address where the user can fix it.
#[must_use]
pub fn for_island<S: Site>(
    failure: &PageError,
    visit: &RequestContext<S>,
    held_up: Option<&'static str>,
) -> Response<Body> {
    let onward = onward::<S>(failure, visit, held_up).map(|path| path.to_string());
    let text = serde_json::to_string(&ForIsland { sentence: failure.sentence(), onward, failure }).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
