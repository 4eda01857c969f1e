//! Which requests belong to the API, and the handle that they present.

use crate::api::credentials;
use crate::sign_in::handle;
use axum::http::{HeaderMap, Method};
use doorward::guard::HandleHash;

/// Where the API is.
pub const ROOT: &str = "/api/v1";
/// Where a credential is exchanged for a session.
pub const SESSIONS: &str = "/api/v1/sessions";
/// Where a machine gets a challenge to sign.
pub const CHALLENGES: &str = "/api/v1/challenges";
/// Where the API is described. It holds nothing of this installation.
pub const DOCUMENT: &str = "/api/v1/openapi.json";

/// Returns whether a path belongs to the API.
#[must_use]
pub fn is_api(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns whether a request needs no session.
#[must_use]
pub fn is_open(method: &Method, path: &str) -> bool {
    *method == Method::POST && [SESSIONS, CHALLENGES].contains(&path) || path == DOCUMENT
}

/// Returns the hash of the handle that a request presents.
#[must_use]
pub fn handle(headers: &HeaderMap) -> Option<HandleHash> {
    credentials::bearer(headers).and_then(handle::read)
}
