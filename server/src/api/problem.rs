//! Errors of the API: `application/problem+json` (RFC 9457), with the id of the record.

use crate::access::machines::exchange::Proof;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use doorward::guard::{Refused, Unavailable};
use doorward::{Assurance, Reason, RecordId, Refusal, RefusalKind};
use serde::Serialize;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An error, as a program reads it. It echoes nothing of the request.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "as_number")]
    status: StatusCode,
    title: &'static str,
    /// What a program compares. Codes never change.
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'static str>,
    /// The ledger's record of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    /// What only some errors have, apart to keep the others small.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    more: Option<Box<More>>,
    #[serde(skip)]
    retry_after: Option<u32>,
    /// The value of `WWW-Authenticate`.
    #[serde(skip)]
    challenge: Option<&'static str>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct More {
    /// The permission that would be needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'static str>,
    /// Where it would be needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    /// What is wrong with the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// What is wrong with one part of the input.
#[derive(Clone, Debug, Serialize)]
struct FieldError {
    /// A JSON Pointer (RFC 6901) into the body, or the name of a parameter of the address.
    pointer: &'static str,
    detail: &'static str,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;
const NOT_FRESH: &str =
    r#"Bearer error="insufficient_user_authentication", error_description="Begin a new session", max_age="300""#;
const NO_SECOND_FACTOR: &str = r#"Bearer error="insufficient_user_authentication", error_description="A machine has no second factor; a person has to do this""#;
const _: () = assert!(Assurance::FRESH.0 == 300_000, "the challenge names the same time");

impl Problem {
    const fn new(status: StatusCode, title: &'static str, code: &'static str) -> Self {
        Self { status, title, code, detail: None, record: None, more: None, retry_after: None, challenge: None }
    }

    pub const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "There is nothing here", "not_found");
    pub const METHOD_NOT_ALLOWED: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "This address takes another method", "method_not_allowed");
    pub const UNAVAILABLE: Self = {
        let mut problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "The request could not be decided or recorded", "unavailable");
        problem.retry_after = Some(5);
        problem
    };
    pub const BAD_JSON: Self = Self::new(StatusCode::BAD_REQUEST, "The body is no JSON object", "bad_json");
    pub const TOO_LARGE: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than this server reads", "too_large");
    pub const NOT_JSON: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has to be application/json", "not_json");
    pub const NO_VERSION: Self = {
        let mut problem = Self::new(StatusCode::PRECONDITION_REQUIRED, "If-Match is missing", "version_needed");
        problem.detail = Some("Send If-Match with the ETag of the version that is to be replaced.");
        problem
    };
    pub const STALE: Self = {
        let mut problem = Self::new(StatusCode::PRECONDITION_FAILED, "The secret has a newer version", "stale_version");
        problem.detail = Some("Read the secret again, and decide whether your value is still to replace it.");
        problem
    };
    pub const DAMAGED: Self =
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "The stored value cannot be decrypted", "damaged_value");
    /// The same for every client secret that does not count.
    const WRONG_SECRET: Self = {
        let mut problem =
            Self::new(StatusCode::UNAUTHORIZED, "The client secret does not count", "wrong_client_secret");
        problem.challenge = Some("Bearer");
        problem
    };
    /// The same for every signature that does not count.
    const WRONG_SIGNATURE: Self = {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, "The signature does not count", "wrong_signature");
        problem.challenge = Some("Bearer");
        problem
    };

    /// Returns the error for one part of the input.
    #[must_use]
    pub fn invalid(pointer: &'static str, detail: &'static str) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "The input is not valid", "invalid_input");
        problem.more = Some(Box::new(More { errors: vec![FieldError { pointer, detail }], ..More::default() }));
        problem
    }

    /// The answer to a credential that does not count.
    #[must_use]
    pub fn wrong_credential(proof: &Proof, record: Option<RecordId>) -> Self {
        match proof {
            Proof::ClientSecret(_) => Self::wrong_secret(record),
            Proof::Signature { .. } => Self { record, ..Self::WRONG_SIGNATURE },
        }
    }

    #[must_use]
    pub fn wrong_secret(record: Option<RecordId>) -> Self {
        Self { record, ..Self::WRONG_SECRET }
    }

    #[must_use]
    pub fn too_many(retry_after: u32) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", "too_many");
        Self { retry_after: Some(retry_after), ..problem }
    }

    /// Returns the error for a status that a layer of the server has set.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NOT_FOUND,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TOO_LARGE,
            StatusCode::METHOD_NOT_ALLOWED => Self::METHOD_NOT_ALLOWED,
            StatusCode::SERVICE_UNAVAILABLE => Self::UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS => Self::new(status, "Too many requests", "too_many"),
            StatusCode::MISDIRECTED_REQUEST => Self::new(status, "This server has another name", "misdirected"),
            status if status.is_client_error() => Self::new(status, "The request is not valid", "bad_request"),
            status => Self::new(status, "Something went wrong", "failed"),
        }
    }

    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = match refusal.answer {
            RefusalKind::SignIn => Self {
                challenge: Some(INVALID_TOKEN),
                detail: Some("Exchange a client secret at /api/v1/sessions."),
                ..Self::new(StatusCode::UNAUTHORIZED, "No live session was presented", "no_session")
            },
            RefusalKind::Confirm => Self {
                challenge: Some(NOT_FRESH),
                detail: Some("Begin a new session: this one has to be at most 5 minutes old."),
                ..Self::new(StatusCode::UNAUTHORIZED, "The session is too old for this", "not_fresh")
            },
            RefusalKind::Forbidden => Self::new(StatusCode::FORBIDDEN, "This is not allowed", "forbidden"),
            RefusalKind::NotFound => Self::NOT_FOUND,
            RefusalKind::NeedsReason => {
                Self::invalid("/reason", "Say why, in 10 to 500 characters: this environment asks for a reason.")
            }
            RefusalKind::Unavailable => Self::UNAVAILABLE,
        };
        Self { record: refusal.record, ..problem }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let problem = Self::from(refused.refusal);
        let Some(by_policy) = refused.by_policy else { return problem };
        match by_policy.reason {
            Reason::NoSecondFactor => Self {
                code: "person_needed",
                title: "A person has to do this",
                detail: Some("It needs two factors, and a machine has none to show."),
                challenge: Some(NO_SECOND_FACTOR),
                ..problem
            },
            Reason::NoPermission | Reason::OtherEnvironment => Self {
                detail: Some("Ask an administrator of Doorward for a role that has the permission."),
                more: Some(Box::new(More {
                    permission: by_policy.permission,
                    environment: by_policy.environment.map(|environment| environment.to_string()),
                    errors: Vec::new(),
                })),
                ..problem
            },
            _ => problem,
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(_: Unavailable) -> Self {
        Self::UNAVAILABLE
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(serde_json::to_string(&self).unwrap_or_default()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
