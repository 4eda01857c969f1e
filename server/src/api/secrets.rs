//! The list of secrets and what is said about each. No value is among it.

use crate::api::asker::{Asker, json};
use crate::api::problem::Problem;
use app::backend::StoreError;
use app::secrets::filter::{After, Filter};
use app::secrets::policy::{BrowseSecrets, ReadSecret};
use app::secrets::store::{SecretRow, Secrets};
use app::ui::time::rfc3339_exact;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::{Environment, SecretId, SecretName};
use serde::Serialize;

/// The number of secrets on a page if nothing else is asked for, and the greatest one.
const USUAL_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;
const LONGEST_NAME: usize = 128;
/// The length of an id.
const ID: usize = 26;

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    environment: String,
    owner: String,
    kind: &'static str,
    version: i64,
    updated_at: String,
}

impl From<&SecretRow> for Row {
    fn from(row: &SecretRow) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            environment: row.environment.to_string(),
            owner: row.owner.clone(),
            kind: row.kind.as_str(),
            version: row.version,
            updated_at: rfc3339_exact(row.updated),
        }
    }
}

#[derive(Serialize)]
struct Page {
    secrets: Vec<Row>,
    /// What the next request sends as `cursor`, or `null` at the end.
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Detail {
    #[serde(flatten)]
    row: Row,
    created_at: String,
    description: String,
    tags: Vec<String>,
    archived: bool,
}

/// Lists the secrets that the session may know of, by name.
pub async fn list(asker: Asker) -> Result<Response, Problem> {
    let query = asker.query(&["environment", "name", "cursor", "limit"])?;
    let environment = match query.text("environment") {
        "" => None,
        text => Some(
            Environment::parse(text).map_err(|_| Problem::invalid("environment", "It is no environment’s name."))?,
        ),
    };
    let name = query.text("name");
    if name.len() > LONGEST_NAME || name.contains('\0') {
        return Err(Problem::invalid("name", "A name has at most 128 characters."));
    }
    let limit = match query.text("limit") {
        "" => USUAL_LIMIT,
        text => read_limit(text).ok_or_else(|| Problem::invalid("limit", "It has to be a number from 1 to 200."))?,
    };
    let after = match query.text("cursor") {
        "" => After::default(),
        text => read_cursor(text).ok_or_else(|| Problem::invalid("cursor", "It is none that a list gave."))?,
    };
    let filter = Filter { name: name.to_owned(), environment, ..Filter::default() };
    let permit = asker.permit(BrowseSecrets { filter, after }).await?;
    let found = asker.shared.backend.browse(permit, limit).await?;
    let next_cursor = found.next.as_ref().map(cursor);
    Ok(json(StatusCode::OK, &Page { secrets: found.rows.iter().map(Row::from).collect(), next_cursor }))
}

fn read_limit(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=LARGEST_LIMIT).contains(limit))
}

/// A cursor is a position and grants nothing: each row is decided.
fn cursor(after: &After) -> String {
    let id = after.id.map(|id| id.to_string()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{id}{}", after.name))
}

fn read_cursor(text: &str) -> Option<After> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (id, name) = decoded.split_at_checked(ID)?;
    let name = SecretName::parse(name).ok()?;
    Some(After { name: name.to_string(), id: Some(SecretId::parse(id).ok()?) })
}

/// Returns what is said about one secret.
pub async fn read(asker: Asker) -> Result<Response, Problem> {
    asker.query(&[])?;
    let permit = asker.permit(ReadSecret { id: asker.secret() }).await?;
    let found = asker.shared.backend.secret(permit).await?;
    let detail = Detail {
        row: Row::from(&found.row),
        created_at: rfc3339_exact(found.created),
        description: found.about.description,
        tags: found.about.tags,
        archived: found.about.archived.is_some(),
    };
    Ok(tagged(json(StatusCode::OK, &detail), found.row.version))
}

/// Adds the ETag of a version.
pub(super) fn tagged(mut response: Response, version: i64) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::UNAVAILABLE,
            StoreError::Gone => Self::NOT_FOUND,
            StoreError::Damaged { .. } => Self::DAMAGED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let after = After { name: "team/a-key".to_owned(), id: Some(SecretId::NOTHING) };
        assert_eq!(read_cursor(&cursor(&after)), Some(after.clone()));
        let empty = cursor(&After { name: String::new(), ..after });
        for other in ["", "a", "....", &URL_SAFE_NO_PAD.encode("short"), &URL_SAFE_NO_PAD.encode([0xff; 30]), &empty] {
            assert_eq!(read_cursor(other), None, "{other}");
        }
    }

    #[test]
    fn a_limit_is_a_small_number() {
        assert_eq!(read_limit("1"), Some(1));
        assert_eq!(read_limit("200"), Some(200));
        for other in ["0", "-1", "+1", "201", "99999999999999999999", "1.0", "x"] {
            assert_eq!(read_limit(other), None, "{other}");
        }
    }
}
