//! A tab's guarded event stream (server-sent events, HTML standard), and the endpoint where a tab
//! reports being empty.

use crate::Shared;
use crate::http::context::{in_context, visit};
use crate::http::refusals;
use crate::sessions::live::{State, Watching};
use app::console;
use app::page::error::PageError;
use app::sessions::live::ADDRESS;
use app::sessions::policy::Watch;
use axum::body::{Body, to_bytes};
use axum::extract::State as Given;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use doorward::RevocationId;
use doorward::ledger::Channel;
use futures::stream::{self, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// How often a keep-alive is sent, so that both ends notice a lost connection.
const QUIET: Duration = Duration::from_secs(30);
/// How soon a browser reconnects, in milliseconds.
const GREETING: &str = "retry: 2000\n\n";
/// The maximum length of a report; an identifier is shorter.
const LONGEST_WORD: usize = 64;

/// Opens the stream if the session is live. A reconnect is decided again.
pub async fn stream(Given(shared): Given<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let visit = visit(&shared, &parts, Channel::Stream, None);
    let _ = visit.route.set(ADDRESS);
    let who = match in_context(visit.clone(), console::permit(Watch)).await {
        Ok(permit) => permit.principal().clone(),
        Err(failure) => return refusals::json(&failure),
    };
    match shared.backend.live.watch(who.session, who.identity, visit.query.text("rights").parse().ok()) {
        Some(watching) => events(watching),
        None => refusals::json(&PageError::TooMany { retry_after: 60 }),
    }
}

enum Next {
    Greet,
    Wait,
    Over,
}

fn events(watching: Watching) -> Response<Body> {
    let events = stream::unfold((watching, Next::Greet), |(mut watching, next)| async move {
        match next {
            Next::Over => None,
            Next::Greet => Some((Ok::<_, Infallible>(GREETING.to_owned()), (watching, Next::Wait))),
            Next::Wait => {
                let text = match tokio::time::timeout(QUIET, watching.state.changed()).await {
                    Err(_) => ":\n\n".to_owned(),
                    Ok(Err(_)) => return None,
                    Ok(Ok(())) => {
                        let state = *watching.state.borrow_and_update();
                        let text = event(state)?;
                        if matches!(state, State::Ended(..)) {
                            return Some((Ok(text), (watching, Next::Over)));
                        }
                        text
                    }
                };
                Some((Ok(text), (watching, Next::Wait)))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(events.fuse()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A buffering proxy would keep news from the tab.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Returns the event to send, or `None` if the stream just ends.
fn event(state: State) -> Option<String> {
    Some(match state {
        State::Standing => "event: standing\ndata:\n\n".to_owned(),
        State::Ending(at, may_stay) => {
            format!("event: ending\ndata: {}{}\n\n", at.0, if may_stay { " stay" } else { "" })
        }
        State::Changed(_) => "event: changed\ndata:\n\n".to_owned(),
        State::Ended(why, revocation) => {
            let revocation = revocation.map(|id| id.to_string()).unwrap_or_default();
            format!("event: ended\ndata: {} {revocation}\n\n", why.as_str())
        }
        State::Closing => return None,
    })
}

/// A tab reports being empty, and after which revocation. It has no session any more and learns
/// nothing from the response.
pub async fn emptied(Given(shared): Given<Shared>, body: Body) -> StatusCode {
    let Ok(bytes) = to_bytes(body, LONGEST_WORD).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    if let Some(id) = std::str::from_utf8(&bytes).ok().and_then(|text| RevocationId::parse(text).ok()) {
        shared.backend.live.emptied(id);
    }
    StatusCode::NO_CONTENT
}
