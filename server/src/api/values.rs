//! Values: revealing the present one, and replacing it.

use crate::api::asker::{Asker, json};
use crate::api::body::Fields;
use crate::api::problem::Problem;
use crate::api::secrets::tagged;
use crate::api::{credentials, sessions};
use crate::secrets::values;
use app::page::form::Form;
use app::page::form::stated::{LONGEST_ASKED, StatedReason, WHY};
use app::secrets::policy::{RevealSecret, RevealVersion, RotateSecret};
use app::secrets::store::{
    GivenValue, NO_VERSION, RotateError, SecretFileName, SecretKind, Secrets, VersionLabel, Versions,
};
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward::{LONGEST_SECRET, SecretId, SecretText};
use serde::Serialize;
use zeroize::Zeroizing;

/// The largest body, in bytes: each byte of a value may be written as `\u00XX`.
const LARGEST: usize = 6 * LONGEST_SECRET + 4096;

/// A value. A file is in base64, as an export has it; all other kinds are texts.
#[derive(Serialize)]
struct Value<'a> {
    id: String,
    /// A pending value has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<&'a str>,
}

/// Reveals the present value, or the one that `label` names.
pub async fn reveal(asker: Asker, body: Body) -> Result<Response, Problem> {
    let id = asker.secret();
    let (label, why) = match read_reveal(&asker, body).await {
        Ok(read) => read,
        Err(problem) => {
            let action = RevealSecret { id, why: StatedReason::default() };
            return Err(asker.refuse_input(action, problem).await);
        }
    };
    opened(&asker, id, label, why).await
}

/// Returns the present value to a program that sends one request alone, as External Secrets Operator does. It presents
/// a session, or a client secret, around which a session begins and ends.
pub async fn read(asker: Asker) -> Result<Response, Problem> {
    // A HEAD would reveal nothing and be recorded as if it did.
    if asker.method != Method::GET {
        return Err(Problem::METHOD_NOT_ALLOWED);
    }
    asker.query(&[])?;
    let (id, why) = (asker.secret(), StatedReason::default());
    if asker.asked.handle.is_some() || credentials::bearer(&asker.headers).is_none() {
        return opened(&asker, id, VersionLabel::Current, why).await;
    }
    let around = sessions::around(asker).await?;
    let answer = opened(&around, id, VersionLabel::Current, why).await;
    // A canary has ended it already, and its minute ends it at the latest.
    let _ = sessions::end_own(&around).await;
    answer
}

async fn opened(asker: &Asker, id: SecretId, label: VersionLabel, why: StatedReason) -> Result<Response, Problem> {
    let backend = &asker.shared.backend;
    let (opened, version) = match label {
        VersionLabel::Current => backend.reveal(asker.permit(RevealSecret { id, why }).await?).await?,
        version => backend.reveal_version(asker.permit(RevealVersion { id, version, why }).await?).await?,
    };
    let version = Some(version).filter(|version| *version != NO_VERSION);
    let value = opened.text();
    let base64 = value.is_none().then(|| Zeroizing::new(STANDARD.encode(opened.value.expose())));
    let answer = Value {
        id: id.to_string(),
        version,
        kind: opened.kind.as_str(),
        value,
        file_name: opened.file_name.as_ref().map(SecretFileName::as_str),
        base64: base64.as_ref().map(|text| text.as_str()),
    };
    let answer = json(StatusCode::OK, &answer);
    Ok(match version {
        Some(version) => tagged(answer, version),
        None => answer,
    })
}

/// Reads which value is asked for, and the reason, which some environments ask for.
async fn read_reveal(asker: &Asker, body: Body) -> Result<(VersionLabel, StatedReason), Problem> {
    let label = match asker.query(&["label"])?.text("label") {
        "" => Some(VersionLabel::Current),
        text => VersionLabel::parse(text).filter(|label| !matches!(label, VersionLabel::Number(_))),
    };
    let label = label.ok_or_else(|| Problem::invalid("label", "It is “current”, “previous” or “pending”."))?;
    let mut fields = Fields::read(&asker.headers, body, 4096, &["reason"]).await?;
    let why = fields.text("/reason")?.unwrap_or_default();
    let why = StatedReason::of_text(&why, LONGEST_ASKED)
        .map_err(|_| Problem::invalid("/reason", "It has at most 500 characters, in one line."))?;
    Ok((label, why))
}

#[derive(Serialize)]
struct Added {
    id: String,
    version: i64,
}

/// A new value, and the version that it replaces.
struct NewVersion {
    value: SecretText,
    why: StatedReason,
    /// `None` for whatever version there is.
    over: Option<i64>,
}

/// Replaces the value. `If-Match` names the version that is replaced.
pub async fn add_version(asker: Asker, body: Body) -> Result<Response, Problem> {
    let id = asker.secret();
    let read = match read_version(&asker, body).await {
        Ok(new) => check_kind(&asker, id).await.map(|()| new),
        Err(problem) => Err(problem),
    };
    let new = match read {
        Ok(new) => new,
        Err(problem) => {
            let action = RotateSecret { id, why: StatedReason::default() };
            return Err(asker.refuse_input(action, problem).await);
        }
    };
    let permit = asker.permit(RotateSecret { id, why: new.why }).await?;
    let added = asker.shared.backend.rotate(permit, GivenValue::Text(new.value), new.over, None).await;
    let version = added.map_err(|error| match error {
        RotateError::Value(_) => Problem::invalid("/value", "It is no value of the secret’s kind."),
        RotateError::Stale(_) => Problem::STALE,
        RotateError::SentBefore => Problem::UNAVAILABLE,
        RotateError::Store(error) => error.into(),
    })?;
    Ok(tagged(json(StatusCode::CREATED, &Added { id: id.to_string(), version }), version))
}

/// Refuses a new value for anything but a text. The kind of a secret never changes.
async fn check_kind(asker: &Asker, id: SecretId) -> Result<(), Problem> {
    match values::sql::kind(&mut asker.shared.backend.reader(), id).await? {
        None | Some(SecretKind::Text) => Ok(()),
        Some(_) => Err(Problem::invalid("", "Only texts get new values here. Change this secret in the console.")),
    }
}

async fn read_version(asker: &Asker, body: Body) -> Result<NewVersion, Problem> {
    asker.query(&[])?;
    let mut fields = Fields::read(&asker.headers, body, LARGEST, &["value", "kind", "reason"]).await?;
    let value = fields.secret("/value")?.ok_or_else(|| Problem::invalid("/value", "It is missing."))?;
    if fields.text("/kind")?.is_some_and(|kind| kind != SecretKind::Text.as_str()) {
        return Err(Problem::invalid("/kind", "It has to be “text”."));
    }
    let why = fields.text("/reason")?.unwrap_or_default();
    let why = StatedReason::read(&Form::new(vec![(WHY.to_owned(), why)]));
    let why = why.map_err(|_| Problem::invalid("/reason", "It has at most 200 characters, in one line."))?;
    Ok(NewVersion { value, why, over: read_match(&asker.headers)? })
}

/// Reads `If-Match`: one strong ETag, or `*`.
fn read_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Problem::NO_VERSION) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version =
        quoted.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    version.map(Some).ok_or(Problem::STALE)
}
