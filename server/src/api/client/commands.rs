//! `doorward whoami`, `list`, `get` and `set`.

use super::ClientError;
use super::connection::{Needs, Session, text};
use super::options::{Get, List, Set, WhoAmI};
use super::secrets::{self, LISTS, REPLACES, REVEALS};
use crate::cli::prompt;
use crate::private_file;
use doorward::SecretText;
use serde_json::json;
use std::io::{ErrorKind, IsTerminal as _, Read as _, Write, stdin, stdout};
use std::path::Path;
use zeroize::Zeroizing;

/// The longest value that is read, in bytes; the server says if it is too long.
const LONGEST: u64 = 4 * 1024 * 1024;

pub async fn who_am_i(options: WhoAmI) -> Result<(), ClientError> {
    // Without bounds, so that all rights are listed.
    let session = Session::whole(&options.connection).await?;
    let answer = session.get("/whoami").await;
    session.end().await;
    let answer = answer?;
    let mut out = stdout().lock();
    if options.json {
        return writeln!(out, "{answer}").map_err(ClientError::Output);
    }
    writeln!(out, "{} ({})", text(&answer, "name")?, text(&answer, "kind")?.replace('_', " "))
        .map_err(ClientError::Output)?;
    for right in answer["rights"].as_array().ok_or(ClientError::Unreadable)? {
        let (permission, environment) = (text(right, "permission")?, text(right, "environment")?);
        writeln!(out, "{permission}\t{environment}").map_err(ClientError::Output)?;
    }
    Ok(())
}

pub async fn list(options: List) -> Result<(), ClientError> {
    let environment = options.environment.as_deref();
    let session = Session::begin(&options.connection, Needs { permissions: &LISTS, environment }).await?;
    let listed = secrets::each(&session, environment, &options.name, |secret| {
        let mut out = stdout().lock();
        if options.json {
            return writeln!(out, "{secret}").map_err(ClientError::Output);
        }
        let [environment, name, kind, id] = ["environment", "name", "kind", "id"].map(|name| text(secret, name));
        writeln!(out, "{}\t{}\t{}\t{}", environment?, name?, kind?, id?).map_err(ClientError::Output)
    });
    let listed = listed.await;
    session.end().await;
    listed
}

pub async fn get(options: Get) -> Result<(), ClientError> {
    let environment = options.environment.as_deref();
    let session = Session::begin(&options.connection, Needs { permissions: &REVEALS, environment }).await?;
    let opened = async {
        let id = secrets::id_of(&session, &options.secret, environment).await?;
        secrets::reveal(&session, &id, (&options.label, options.reason.as_deref())).await
    };
    let opened = opened.await;
    session.end().await;
    let opened = opened?;
    if let Some(path) = &options.output {
        return write_new(path, &opened.bytes);
    }
    let mut out = stdout().lock();
    if options.json {
        return writeln!(out, "{}", opened.answer).map_err(ClientError::Output);
    }
    // For a person to read, and exactly for a pipe.
    let end: &[u8] = if out.is_terminal() && opened.is_text { b"\n" } else { b"" };
    out.write_all(&opened.bytes)
        .and_then(|()| out.write_all(end))
        .and_then(|()| out.flush())
        .map_err(ClientError::Output)
}

/// Writes a file that only this user may read. Nothing is overwritten.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), ClientError> {
    let wrong = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists => ClientError::Exists { path: path.to_owned() },
        _ => ClientError::Write { path: path.to_owned(), source },
    };
    private_file::write_new(path, bytes).map_err(wrong)
}

pub async fn set(options: Set) -> Result<(), ClientError> {
    // Before anything is asked, because a terminal's user may take more than a session's minute.
    let value = new_value()?;
    let environment = options.environment.as_deref();
    let session = Session::begin(&options.connection, Needs { permissions: &REPLACES, environment }).await?;
    let done = async {
        let id = secrets::id_of(&session, &options.secret, environment).await?;
        let version = match options.version {
            Some(version) => version,
            None => session.get(&format!("/secrets/{id}")).await?["version"].as_u64().ok_or(ClientError::Unreadable)?,
        };
        let mut body = json!({ "value": value.expose() });
        if let Some(reason) = &options.reason {
            body["reason"] = json!(reason);
        }
        session.post(&format!("/secrets/{id}/versions"), body, Some(version)).await
    };
    let done = done.await;
    session.end().await;
    let version = done?["version"].as_u64().ok_or(ClientError::Unreadable)?;
    println!("Version {version} counts now.");
    Ok(())
}

/// Asks for a value on a terminal, without showing it; otherwise reads the whole input, without its last line break.
fn new_value() -> Result<SecretText, ClientError> {
    if stdin().is_terminal() {
        return prompt::new_value().map_err(|_| ClientError::NoValue);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    stdin().lock().take(LONGEST).read_to_end(&mut bytes).map_err(|_| ClientError::NoValue)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| ClientError::BadValue)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(ClientError::NoValue);
    }
    SecretText::new(text.to_owned()).map_err(|_| ClientError::BadValue)
}
