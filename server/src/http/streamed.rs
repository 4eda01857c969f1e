//! Streamed responses: pages with deferred parts, downloads and event streams.

use crate::Shared;
use crate::http::context::{answer, continued, in_context, visit};
use crate::http::site::{HttpSite, Rewrite};
use crate::http::{documents, refusals};
use crate::ledger::follow;
use crate::ledger::tails::OpenTail;
use app::console;
use app::page::context::RequestContext;
use app::page::error::PageError;
use app::page::{Chunk, Deferred, EVENT_STREAM, FileName, Next, Part, Start, StartStream, Started};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, header};
use doorward::ledger::Channel;
use futures::stream::{self as streams, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// The largest document, in bytes. Lists are paged and stay far below it.
const LARGEST_DOCUMENT: usize = 16 * 1024 * 1024;

/// How often a stream checks for news, and how many checks it makes before it asks the guard again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
const LOOKS: u32 = 20;

/// The next piece of a document.
enum Piece {
    Text(String),
    Part(Deferred),
}

/// Streams a rendered document with its deferred parts in place. Each part is loaded when
/// everything before it has been sent.
pub async fn in_order<H: HttpSite>(
    host: H,
    visit: RequestContext<H::Site>,
    response: Response<Body>,
    deferred: Vec<Deferred>,
    rewrite: Option<Rewrite>,
) -> Response<Body> {
    let (head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_DOCUMENT).await else {
        return refusals::plain(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    };
    let pieces = pieces(String::from_utf8_lossy(&bytes).into_owned(), deferred).into_iter();
    let sent = streams::unfold((pieces, rewrite, 0), move |(mut pieces, mut rewrite, sent)| {
        let (host, visit) = (host.clone(), visit.clone());
        async move {
            let text = match pieces.next()? {
                Piece::Text(text) => match rewrite.take_if(|_| pieces.len() == 0) {
                    Some(rewrite) => rewrite(text, sent),
                    None => text,
                },
                Piece::Part(part) => match in_context(continued(&host, &visit), part.run()).await {
                    Part::Html(text) => text,
                    Part::Ended(text) => {
                        // The session has ended, so the rest of the page is not sent.
                        pieces = Vec::new().into_iter();
                        text
                    }
                },
            };
            let sent = sent + text.len();
            Some((Ok::<_, Infallible>(text), (pieces, rewrite, sent)))
        }
    });
    Response::from_parts(head, Body::from_stream(sent.fuse()))
}

/// Splits a document at the placeholders of its deferred parts.
fn pieces(text: String, deferred: Vec<Deferred>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    for (number, part) in deferred.into_iter().enumerate() {
        if let Some((before, after)) = rest.split_once(&Deferred::marker(number)) {
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Part(part));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces
}

/// Streams a file. The first rows are decided and read before the response head is sent; each
/// further batch is decided and read when it is due.
pub async fn download(State(shared): State<Shared>, request: Request<Body>, start: Start) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let visit = visit(&shared, &parts, Channel::Page, None);
    match in_context(visit.clone(), start()).await {
        Ok(Started { file, first }) => as_file(&file, batches(shared, visit, first, None)),
        Err(failure) => refused(&shared, &visit, parts, failure).await,
    }
}

/// Starts an event stream. The number of streams per session is limited, because each one keeps
/// polling.
pub async fn stream(State(shared): State<Shared>, request: Request<Body>, start: StartStream) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let visit = visit(&shared, &parts, Channel::Page, None);
    let first = match in_context(visit.clone(), start()).await {
        Ok(first) => first,
        Err(failure) => return refused(&shared, &visit, parts, failure).await,
    };
    let began = visit.began.get().map(|began| began.session);
    match began.and_then(|session| shared.tails.open(session)) {
        Some(open) => as_events(batches(shared, visit, first, Some(open))),
        None => refusals::json(&PageError::TooMany { retry_after: 60 }),
    }
}

async fn refused(shared: &Shared, visit: &console::RequestContext, parts: Parts, failure: PageError) -> Response<Body> {
    let response = documents::render(shared, visit, parts, Some(failure)).await;
    answer(visit.head.take(), response)
}

fn as_file(file: &FileName, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind.media_type()));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.as_str())) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

fn as_events(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM));
    // A buffering proxy would keep news from the page.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The state of a response that is sent in batches.
enum Step {
    Send(Chunk),
    Ask(Next),
    Over,
}

/// The body of an answer in batches. A stream waits for news before each further batch, and counts as open until then.
fn batches(shared: Shared, visit: console::RequestContext, first: Chunk, open: Option<OpenTail>) -> Body {
    let waits = open.is_some();
    let rows = streams::unfold((Step::Send(first), None, open), move |(step, mut newest, open)| {
        let (shared, visit) = (shared.clone(), visit.clone());
        async move {
            let chunk = match step {
                Step::Over => return None,
                Step::Send(chunk) => Ok(chunk),
                Step::Ask(next) => {
                    if waits {
                        // Taken before the guard is asked, so that no row written in between is
                        // missed.
                        newest = something_new(&shared, newest).await;
                    }
                    in_context(continued(&shared, &visit), next()).await.map_err(Broken)
                }
            };
            Some(match chunk {
                Ok(Chunk { bytes, next }) => (Ok(bytes), (next.map_or(Step::Over, Step::Ask), newest, open)),
                // Abort the connection, so that nobody takes the file for complete.
                Err(broken) => (Err(broken), (Step::Over, newest, open)),
            })
        }
    });
    Body::from_stream(rows.fuse())
}

/// Waits for a newest record other than `known`, but no longer than a stream may outlive its
/// session.
async fn something_new(shared: &Shared, known: Option<String>) -> Option<String> {
    let newest = || async { follow::newest_id(&mut shared.backend.reader()).await.ok().flatten() };
    for _ in 0..LOOKS {
        let now = newest().await;
        if now != known {
            return now;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    known
}

/// Why a download was aborted.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the file was refused: {}", .0.sentence())]
struct Broken(PageError);
