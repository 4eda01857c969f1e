//! One delivery: a signed POST that follows nothing and reads nothing.

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

/// For everything: name, connection, handshake, request, the answer's head.
const WHOLE: Duration = Duration::from_secs(10);

/// Why notices cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No root certificates, or no TLS.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Why something was not taken. It says nothing of the receiver's answer but its status.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Anything but success; a redirect too (in Standard Webhooks 2xx alone is success).
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    /// No connection, or one that broke.
    #[error("the receiver could not be reached")]
    Unreachable,
    /// Not in time.
    #[error("the receiver did not answer in time")]
    Late,
    /// The request could not be written.
    #[error("it could not be written down as a request")]
    Unwritten,
}

/// A receiver.
pub struct Webhook {
    url: WebhookUrl,
    secret: Secret,
    client: HttpClient,
}

/// A notice as it is sent: the payload structure that Standard Webhooks recommends.
#[derive(Serialize)]
struct Sent<'a> {
    /// By which receivers choose what to do, for example `notice.new_browser`.
    #[serde(rename = "type")]
    event: String,
    /// When the notice was made.
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
    /// Reads the secret, and the machine's root certificates where the receiver speaks TLS.
    ///
    /// # Errors
    /// Where one of them cannot be had.
    pub fn new(target: &WebhookTarget) -> Result<Self, WebhookError> {
        let secret = Secret::read(&target.secret)?;
        let client = outgoing::client(target.url.uri().scheme_str() == Some("https"))?;
        Ok(Self { url: target.url.clone(), secret, client })
    }

    /// Where it is, without what may be a secret.
    #[must_use]
    pub fn masked(&self) -> String {
        self.url.masked()
    }

    /// Sends a notice.
    ///
    /// # Errors
    /// Where the receiver did not say that it has it.
    pub async fn send(&self, notice: &Waiting, now: Timestamp) -> Result<(), NotTaken> {
        let body = serde_json::to_string(&Sent::of(notice)).map_err(|_| NotTaken::Unwritten)?;
        self.post(notice.id.as_str(), "application/json", body, now).await
    }

    /// Sends a body under an id, by which the receiver knows one that comes twice.
    ///
    /// # Errors
    /// Where the receiver did not say that it has it.
    pub async fn post(&self, id: &str, content: &'static str, body: String, now: Timestamp) -> Result<(), NotTaken> {
        let request = self.request(id, content, body, now).ok_or(NotTaken::Unwritten)?;
        let answer = tokio::time::timeout(WHOLE, self.client.request(request)).await.map_err(|_| NotTaken::Late)?;
        // Its body is dropped unread: it could be endless, and nothing depends on it.
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
