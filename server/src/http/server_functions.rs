//! Server functions: called by islands, decided by the same guard, answered with typed results
//! instead of pages.

use crate::http::context::{answer, in_context, visit};
use crate::http::refusals;
use crate::http::site::HttpSite;
use app::page::context::RequestContext;
use app::page::error::PageError;
use app::page::{Site, watched};
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Request, Response, header};
use doorward::action::{Action, Read, Resource};
use doorward::guard::{self, Unavailable};
use doorward::ledger::Channel;
use doorward::policy::Decision;
use doorward::{Principal, Refusal, RefusalKind};
use leptos::server_fn::axum::get_server_fn_service;
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};

/// The largest typed error, in bytes. Errors are written by this program and are far smaller.
const LARGEST_FAILURE: usize = 64 * 1024;

/// A server function called without a session. Refused and recorded before the request is parsed.
struct CallWithoutSession {
    path: String,
}

impl Action for CallWithoutSession {
    const NAME: &'static str = "server_function.call";
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        Resource::none().with("path", &self.path)
    }

    fn decide(&self, _: &Principal, (): &()) -> Decision {
        Decision::refused(doorward::Reason::NoSession)
    }
}

/// Runs the server function at the request's path.
pub async fn call<H: HttpSite>(State(host): State<H>, request: Request<Body>) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let visit = visit(&host, &parts, Channel::ServerFunction, None);
    let Some(mut function) = get_server_fn_service(parts.uri.path(), parts.method.clone()) else {
        return refusals::typed(&PageError::Refused(Refusal { answer: RefusalKind::NotFound, record: None }));
    };
    if visit.asked.handle.is_none() {
        return refusals::typed(&PageError::Refused(refuse_visitor(&visit, parts.uri.path().to_owned()).await));
    }
    // If a caller accepts HTML, the framework would redirect it with the error in the address.
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let head = visit.head.clone();
    let request = Request::from_parts(parts, body);
    let running = Box::pin(in_context(visit.clone(), function.run(request)));
    let response = watched(&visit, None, running).await;
    answer(head.take(), with_status(response).await)
}

async fn refuse_visitor<S: Site>(visit: &RequestContext<S>, path: String) -> Refusal {
    match S::unit(&visit.backend, false).await {
        Ok(unit) => match guard::permit(unit, &visit.asked, CallWithoutSession { path }).await {
            Err(refused) => refused.refusal,
            Ok(_) => Refusal { answer: RefusalKind::SignIn, record: None },
        },
        Err(Unavailable) => Refusal::UNAVAILABLE,
    }
}

/// Replaces the framework's status 500 by the status of the typed error.
async fn with_status(response: Response<Body>) -> Response<Body> {
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    match to_bytes(response.into_body(), LARGEST_FAILURE).await {
        Ok(bytes) => refusals::typed(&PageError::de(bytes)),
        Err(_) => refusals::typed(&PageError::Lost),
    }
}
