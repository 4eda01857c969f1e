//! The layer that refuses requests without a session once their network has used up its allowance,
//! before any other work is done for them.

use crate::api::paths;
use crate::db::transaction::Source;
use crate::http::floods::Asks;
use crate::http::refusals;
use crate::http::{address, cookies};
use crate::sign_in::handle;
use crate::{Shared, sessions};
use app::page::Routed;
use app::page::error::PageError;
use app::sessions::live;
use app::sign_in::challenge;
use app::sign_in::page::SignIn;
use app::sign_in::set_up::SetUp;
use app::sign_in::signed_out::SignedOut;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::middleware::Next;
use doorward::Timestamp;
use doorward::guard::HandleHash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The `Retry-After` of such a refusal, in seconds.
const RETRY_AFTER: u32 = 10;
/// How long such a refusal is delayed. The delay slows down clients that retry at once, and a
/// waiting request costs almost nothing.
const BEFORE_THE_ANSWER: Duration = Duration::from_secs(1);

/// Lets a request pass if it has a session, or if its network still has allowance.
pub async fn shed(State(shared): State<Shared>, request: Request, next: Next) -> Response<Body> {
    let Some(asks) = asks(request.method(), request.uri().path()) else { return next.run(request).await };
    let (network, now) = (network_of(&shared, &request), shared.backend.clock.now());
    let floods = shared.backend.ledger.floods();
    let is_api = paths::is_api(request.uri().path());
    let handle = match is_api {
        true => paths::handle(request.headers()),
        false => cookies::read(request.headers(), cookies::HANDLE).and_then(handle::read),
    };
    let may_pass = match handle.filter(|_| asks == Asks::Guarded) {
        None => floods.admit(network, asks, now) || asks == Asks::Open && is_known(&shared, request.headers(), now),
        Some(handle) => !floods.is_over(network, now) || has_session(&shared, &handle, now).await,
    };
    if may_pass {
        return next.run(request).await;
    }
    floods.refuse(network, now);
    let for_script = !is_api && request.uri().path().starts_with("/api/");
    drop(request);
    if let Ok(_waits) = floods.0.waiting.try_acquire() {
        tokio::time::sleep(BEFORE_THE_ANSWER).await;
    }
    too_many(for_script)
}

/// Classifies a path. Returns `None` if its response is cheap and leaves no trace: static files and
/// health checks.
fn asks(method: &Method, path: &str) -> Option<Asks> {
    let is_file = path.starts_with("/pkg/") || matches!(path, "/favicon.svg" | "/robots.txt");
    if is_file || matches!(path, "/healthz" | "/readyz") {
        return None;
    }
    let open = [SignIn::PATTERN, SignedOut::PATTERN, SetUp::PATTERN, challenge::ADDRESS, live::EMPTIED];
    Some(if open.contains(&path) || paths::is_open(method, path) { Asks::Open } else { Asks::Guarded })
}

fn network_of(shared: &Shared, request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let client = peer.map(|peer| shared.settings.proxies.client(peer, request.headers()));
    // Requests without an address share one allowance.
    address::client_network(client.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// Returns whether the browser has signed in before. Such a browser can reach sign-in even during a
/// flood from its network, because sign-in limits attempts by itself.
fn is_known(shared: &Shared, headers: &HeaderMap, now: Timestamp) -> bool {
    let marks = cookies::read(headers, cookies::MARKS).unwrap_or_default();
    shared.backend.known_browsers().find_any(marks, now).is_some()
}

/// Returns whether a request has a live session. This grants nothing: the guard looks it up again.
pub async fn has_live_session(shared: &Shared, headers: &HeaderMap) -> bool {
    match cookies::read(headers, cookies::HANDLE).and_then(handle::read) {
        Some(handle) => has_session(shared, &handle, shared.backend.clock.now()).await,
        None => false,
    }
}

/// Returns whether a handle has a live session. This grants nothing: the guard looks it up again.
async fn has_session(shared: &Shared, handle: &HandleHash, now: Timestamp) -> bool {
    let found = sessions::sql::find(&mut Source::reader(&shared.backend.database), handle, now).await;
    found.is_ok_and(|found| found.is_some_and(|found| found.session.lapse(now).is_none()))
}

fn too_many(for_script: bool) -> Response<Body> {
    if for_script {
        return refusals::typed(&PageError::TooMany { retry_after: RETRY_AFTER });
    }
    let mut response = refusals::plain(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER.into());
    response
}
