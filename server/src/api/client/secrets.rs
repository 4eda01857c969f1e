//! Secrets by id or by name, and their values.

use super::ClientError;
use super::connection::{Session, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::SecretId;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// What is needed to list secrets.
pub const LISTS: [&str; 2] = ["secret.list", "secret.read"];
/// What is needed to reveal a value.
pub const REVEALS: [&str; 3] = ["secret.list", "secret.read", "secret.reveal"];
/// What is needed to replace one.
pub const REPLACES: [&str; 3] = ["secret.list", "secret.read", "secret.rotate"];

/// A value as it is stored. Has no `Debug`.
pub struct Opened {
    pub bytes: Zeroizing<Vec<u8>>,
    pub is_text: bool,
    /// The server's answer.
    pub answer: Value,
}

/// Calls `each` with every secret that the session may know of.
pub async fn each(
    session: &Session,
    environment: Option<&str>,
    name: &str,
    mut each: impl FnMut(&Value) -> Result<(), ClientError>,
) -> Result<(), ClientError> {
    let mut cursor: Option<String> = None;
    loop {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", "200").append_pair("name", name);
        if let Some(environment) = environment {
            query.append_pair("environment", environment);
        }
        if let Some(cursor) = &cursor {
            query.append_pair("cursor", cursor);
        }
        let page = session.get(&format!("/secrets?{}", query.finish())).await?;
        for secret in page["secrets"].as_array().ok_or(ClientError::Unreadable)? {
            each(secret)?;
        }
        match page["next_cursor"].as_str() {
            Some(next) if cursor.as_deref() != Some(next) => cursor = Some(next.to_owned()),
            _ => return Ok(()),
        }
    }
}

/// Returns the id of a secret that is named by its id, or by its whole name in an environment.
pub async fn id_of(session: &Session, named: &str, environment: Option<&str>) -> Result<String, ClientError> {
    let Some(environment) = environment else {
        return SecretId::parse(named).map(|id| id.to_string()).map_err(|_| ClientError::NeedsEnvironment);
    };
    let mut found = None;
    each(session, Some(environment), named, |secret| {
        if secret["name"].as_str() == Some(named) {
            found = Some(text(secret, "id")?);
        }
        Ok(())
    })
    .await?;
    match (found, SecretId::parse(named)) {
        (Some(id), _) => Ok(id),
        (None, Ok(id)) => Ok(id.to_string()),
        (None, Err(_)) => Err(ClientError::NoSuchSecret(environment.to_owned())),
    }
}

/// Reveals a value.
pub async fn reveal(session: &Session, id: &str, (label, reason): (&str, Option<&str>)) -> Result<Opened, ClientError> {
    let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
    let answer = session.post(&format!("/secrets/{id}/reveal?label={label}"), body, None).await?;
    let (bytes, is_text) = match (answer["value"].as_str(), answer["base64"].as_str()) {
        (Some(value), _) => (value.as_bytes().to_vec(), true),
        (None, Some(spelled)) => (STANDARD.decode(spelled).map_err(|_| ClientError::Unreadable)?, false),
        (None, None) => return Err(ClientError::Unreadable),
    };
    Ok(Opened { bytes: Zeroizing::new(bytes), is_text, answer })
}
