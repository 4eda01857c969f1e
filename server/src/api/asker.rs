//! A request to the API, and the permits that are asked for it.

use crate::Shared;
use crate::api::paths;
use crate::api::problem::Problem;
use crate::http::context::{RequestId, fields};
use crate::http::site::HttpSite;
use app::backend::{Backend, Permit, Unit};
use app::page::form::Form;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use doorward::action::{Action, Effect};
use doorward::guard::{self, Asked, HandleHash, LoadFacts};
use doorward::ledger::Channel;
use doorward::{ReconfirmOn, Refusal, SecretId, TimeSpan};
use serde::Serialize;

/// What the guard needs to know about a request, and the stores.
pub struct Asker {
    pub shared: Shared,
    pub asked: Asked,
    pub headers: HeaderMap,
    pub method: Method,
    query: Form,
    uri: Uri,
}

impl FromRequestParts<Shared> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let asked = Asked {
            handle: paths::handle(&parts.headers),
            continues: None,
            entry: Channel::Api,
            place: shared.client(parts),
            // A machine may move between networks, and its handle is replaced by an exchange alone.
            place_rule: ReconfirmOn::NONE,
            renewal: TimeSpan::hours(24),
            request: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
            now: shared.backend.clock.now(),
            watch: None,
        };
        Ok(Self {
            shared: shared.clone(),
            asked,
            headers: parts.headers.clone(),
            method: parts.method.clone(),
            query: fields(parts.uri.query().unwrap_or_default().as_bytes()),
            uri: parts.uri.clone(),
        })
    }
}

impl Asker {
    /// The same request with another handle.
    pub fn with(mut self, handle: Option<HandleHash>) -> Self {
        self.asked.handle = handle;
        self
    }

    /// Asks for `action`. A refusal is recorded too.
    pub async fn permit<A>(&self, action: A) -> Result<Permit<A>, Problem>
    where
        A: Action<Facts: LoadFacts<dyn Unit>>,
    {
        let unit = self.unit_for(&action).await?;
        Ok(guard::permit(unit, &self.asked, action).await?)
    }

    /// Asks for `action` although the input is invalid, so that the attempt has its record. Returns
    /// `problem` only if the action is allowed.
    pub async fn refuse_input<A>(&self, action: A, problem: Problem) -> Problem
    where
        A: Action<Facts: LoadFacts<dyn Unit>>,
    {
        let unit = match self.unit_for(&action).await {
            Ok(unit) => unit,
            Err(refused) => return refused,
        };
        guard::refuse_input(unit, &self.asked, action).await.map_or_else(Problem::from, |_| problem)
    }

    /// Opens a unit of work. Without a live session no transaction is opened.
    async fn unit_for<A: Action>(&self, action: &A) -> Result<Box<dyn Unit>, Problem> {
        let mut unit = self.shared.backend.unit(false).await?;
        if !A::Effect::CHANGES {
            return Ok(unit);
        }
        guard::refuse_without_session(unit.as_mut(), &self.asked, action).await?;
        drop(unit);
        self.shared.backend.unit(true).await.map_err(|_| Refusal::UNAVAILABLE.into())
    }

    /// Returns the parameters of the address, and refuses those that are not `known` or come twice.
    pub fn query(&self, known: &[&str]) -> Result<&Form, Problem> {
        let error = |_| Problem::invalid("", "The address has a parameter that is not known, or one comes twice.");
        self.query.only(known).map(|()| &self.query).map_err(error)
    }

    /// Returns the secret that the address names. A text that is no id names no secret.
    pub fn secret(&self) -> SecretId {
        let rest = self.uri.path().rsplit_once("/secrets/").map_or("", |(_, rest)| rest);
        SecretId::parse(rest.split('/').next().unwrap_or_default()).unwrap_or(SecretId::NOTHING)
    }
}

/// Returns an answer in JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], Bytes::from(text)).into_response(),
        Err(_) => Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}
