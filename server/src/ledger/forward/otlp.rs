//! OpenTelemetry's protocol for logs, as JSON over HTTP (OTLP/HTTP). A batch counts as taken if the
//! receiver answers with success.

use crate::cli::settings::ForwardUrl;
use crate::ledger::forward::fields::Forwarded;
use crate::ledger::forward::not_taken::{NotTaken, RetryAfter};
use crate::ledger::forward::{Taken, WHOLE};
use crate::outgoing::{self, ClientError, HttpClient, USER_AGENT};
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};
use tokio::time::timeout;

/// The limit for the size of an answer.
const MOST_ANSWER: usize = 64 * 1024;
/// OpenTelemetry's numbers of severity: information, warning.
const ALLOWED: (u8, &str) = (9, "INFO");
const REFUSED: (u8, &str) = (13, "WARN");

/// A receiver of logs.
pub struct Logs {
    url: http::Uri,
    client: HttpClient,
}

impl Logs {
    /// Creates a receiver. Returns an error if TLS is required and cannot be set up.
    pub fn new(url: &ForwardUrl) -> Result<Self, ClientError> {
        let uri = url.uri().clone();
        let client = outgoing::client(uri.scheme_str() == Some("https"))?;
        Ok(Self { url: uri, client })
    }

    /// Sends a batch.
    ///
    /// # Errors
    /// If the receiver did not say that it has it.
    pub async fn send(&self, records: &[Forwarded]) -> Result<Taken, NotTaken> {
        let request = Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, USER_AGENT)
            .body(Body::from(written(records).to_string()))
            .map_err(|_| NotTaken::Unwritten)?;
        let rejected = timeout(WHOLE, self.deliver(request)).await.map_err(|_| NotTaken::Late)??;
        let thrown_away = u64::try_from(rejected).unwrap_or(0);
        let all = u64::try_from(records.len()).unwrap_or(u64::MAX);
        if thrown_away > 0 && thrown_away >= all { Err(NotTaken::Rejected) } else { Ok(Taken { thrown_away }) }
    }

    async fn deliver(&self, request: Request<Body>) -> Result<i64, NotTaken> {
        let answer = self.client.request(request).await.map_err(|_| NotTaken::Unreachable)?;
        let status = answer.status();
        if !status.is_success() {
            let after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            return Err(NotTaken::Status(status, after.and_then(RetryAfter::parse)));
        }
        // OTLP forbids to send the same request again after a partial success.
        let body = Limited::new(answer.into_body(), MOST_ANSWER).collect().await;
        Ok(body.ok().and_then(|body| rejected(&body.to_bytes())).unwrap_or_default())
    }
}

/// How many records the receiver says it rejected. JSON of protocol buffers writes such a number as text.
fn rejected(body: &[u8]) -> Option<i64> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let rejected = answer.get("partialSuccess")?.get("rejectedLogRecords")?;
    rejected.as_i64().or_else(|| rejected.as_str()?.parse().ok())
}

fn written(records: &[Forwarded]) -> Value {
    let records: Vec<Value> = records.iter().map(record).collect();
    json!({ "resourceLogs": [{
        "resource": { "attributes": [attribute("service.name", "doorward")] },
        "scopeLogs": [{ "scope": { "name": "doorward.ledger" }, "logRecords": records }],
    }]})
}

fn record(record: &Forwarded) -> Value {
    let (number, text) = if record.allowed { ALLOWED } else { REFUSED };
    let attributes = record.fields.iter().map(|(name, value)| attribute(&format!("doorward.{name}"), value));
    json!({
        "timeUnixNano": i128::from(record.milliseconds).saturating_mul(1_000_000).to_string(),
        "severityNumber": number,
        "severityText": text,
        "eventName": "doorward.decision",
        "body": { "stringValue": record.sentence },
        "attributes": attributes.collect::<Vec<_>>(),
    })
}

fn attribute(name: &str, value: &str) -> Value {
    json!({ "key": name, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_has_thrown_away_is_read_from_its_answer() {
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#), Some(3));
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedLogRecords":2}}"#), Some(2));
        for body in [&b""[..], b"{}", b"{\"partialSuccess\":{}}", b"\x0a\x00"] {
            assert_eq!(rejected(body), None);
        }
    }
}
