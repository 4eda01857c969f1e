//! One delivery: a signed POST that follows no redirect and reads no response body.

use super::secret::{Secret, SecretError};
use super::signature::sign;
use crate::cli::settings::{WebhookTarget, WebhookUrl};
use crate::outgoing::{self, ClientError, HttpClient, USER_AGENT};
use crate::webhook::outbox::Waiting;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use doorward::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// The time limit for a whole delivery: DNS, connect, handshake, request and response head.
const WHOLE: Duration = Duration::from_secs(10);

/// Why notices cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why a notice was not delivered. Contains nothing of the response except its status.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    #[error("the receiver could not be reached")]
    Unreachable,
    #[error("the receiver did not answer in time")]
    Late,
    #[error("the request could not be built")]
    Unwritten,
}

/// The receiver of notices.
pub struct Webhook {
    url: WebhookUrl,
    secret: Secret,
    client: HttpClient,
}

/// The payload, in the structure that Standard Webhooks recommends.
#[derive(Serialize)]
struct Sent<'a> {
    /// The event type by which receivers dispatch, for example `notice.new_browser`.
    #[serde(rename = "type")]
    event: String,
    /// When the notice was created.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    kind: &'static str,
    identity: &'a str,
    about: &'a str,
}

impl<'a> Sent<'a> {
    fn of(notice: &'a Waiting) -> Self {
        let (kind, timestamp) = (notice.kind.as_str(), app::ui::time::rfc3339_exact(notice.at));
        let data = Data { id: notice.id.as_str(), kind, identity: &notice.identity, about: &notice.about };
        Self { event: format!("notice.{kind}"), timestamp, data }
    }
}

impl Webhook {
    /// Loads the secret, and the machine's root certificates if the receiver uses TLS.
    pub fn new(target: &WebhookTarget) -> Result<Self, WebhookError> {
        let secret = Secret::read(&target.secret)?;
        let client = outgoing::client(target.url.uri().scheme_str() == Some("https"))?;
        Ok(Self { url: target.url.clone(), secret, client })
    }

    /// Returns the receiver's address without parts that may be secret.
    #[must_use]
    pub fn masked(&self) -> String {
        self.url.masked()
    }

    /// Sends a notice. Delivery is confirmed by a 2xx response.
    pub async fn send(&self, notice: &Waiting, now: Timestamp) -> Result<(), NotTaken> {
        let body = serde_json::to_string(&Sent::of(notice)).map_err(|_| NotTaken::Unwritten)?;
        self.post(notice.id.as_str(), "application/json", body, now).await
    }

    /// Sends a body with an id by which the receiver can recognize duplicates. Delivery is
    /// confirmed by a 2xx response.
    pub async fn post(&self, id: &str, content: &'static str, body: String, now: Timestamp) -> Result<(), NotTaken> {
        let request = self.request(id, content, body, now).ok_or(NotTaken::Unwritten)?;
        let answer = tokio::time::timeout(WHOLE, self.client.request(request)).await.map_err(|_| NotTaken::Late)?;
        // The body is dropped unread: it could be endless, and nothing depends on it.
        let status = answer.map_err(|_| NotTaken::Unreachable)?.status();
        if status.is_success() { Ok(()) } else { Err(NotTaken::Status(status)) }
    }

    fn request(&self, id: &str, content: &'static str, body: String, now: Timestamp) -> Option<Request<Body>> {
        let seconds = now.0.div_euclid(1000);
        let signature = sign(&self.secret, id, seconds, &body)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.url.uri())
            .header(header::CONTENT_TYPE, content)
            .header(header::USER_AGENT, USER_AGENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature);
        request.body(Body::from(body)).ok()
    }
}
