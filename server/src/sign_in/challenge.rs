//! The endpoint that issues passkey challenges. The answer is posted with a page's form.

use crate::Shared;
use crate::http::context::visit;
use crate::http::documents::read_form;
use crate::http::refusals;
use crate::sign_in::ceremony::NoChallenge;
use app::account::policy::AskForPasskey;
use app::backend::Unit;
use app::console::RequestContext;
use app::page::error::PageError;
use app::sign_in::challenge;
use app::sign_in::policy::Confirm;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, Response, header};
use doorward::action::Action;
use doorward::guard::{self, LoadFacts};
use doorward::ledger::Channel;
use doorward::{Principal, Refusal, RefusalKind};
use serde_json::Value;

/// Issues a challenge: to anybody for sign-in, and with a permit for confirming and adding.
pub async fn challenge(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let form = match read_form(shared.settings.body_limit, &parts.headers, body).await {
        Ok(form) => form,
        Err(status) => return refusals::plain(status),
    };
    let visit = visit(&shared, &parts, Channel::ServerFunction, None);
    if let Err(failure) = form.only(&[challenge::PURPOSE]) {
        return refusals::json(&failure);
    }
    match given(&shared, &visit, form.text(challenge::PURPOSE)).await {
        Ok(challenge) => json(&challenge),
        Err(failure) => refusals::json(&failure),
    }
}

async fn given(shared: &Shared, visit: &RequestContext, purpose: &str) -> Result<Value, PageError> {
    let (backend, asked) = (&shared.backend, &visit.asked);
    let challenge = match purpose {
        "sign-in" => backend.challenge_to_sign_in(asked, &visit.extra.marks).await,
        "confirm" => backend.challenge_to_confirm(asked, &permitted(visit, Confirm).await?).await,
        "add" => backend.challenge_to_add(asked, &permitted(visit, AskForPasskey).await?).await,
        _ => return Err(PageError::invalid(challenge::PURPOSE, "There is no such purpose.")),
    };
    challenge.map_err(|error| match error {
        NoChallenge::Nothing => PageError::Refused(Refusal { answer: RefusalKind::NotFound, record: None }),
        NoChallenge::TooMany(retry_after) => PageError::TooMany { retry_after },
        NoChallenge::Unavailable => PageError::Refused(Refusal::UNAVAILABLE),
    })
}

async fn permitted<A: Action<Facts: LoadFacts<dyn Unit>>>(
    visit: &RequestContext,
    action: A,
) -> Result<Principal, PageError> {
    let unit = visit.backend.unit(false).await.map_err(|_| Refusal::UNAVAILABLE)?;
    let permit = guard::permit(unit, &visit.asked, action).await.map_err(|refused| refused.refusal)?;
    Ok(permit.principal().clone())
}

fn json(challenge: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(challenge.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
