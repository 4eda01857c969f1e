//! How the values of settings are read.

use crate::cli::settings::setting::Wrong;
use crate::cli::settings::{ConfigError, DatabaseUrl, ForwardUrl, WebhookUrl, byte_size, span};
use doorward::TimeSpan;
use ipnet::IpNet;
use std::ffi::OsStr;
use std::fmt::Display;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

type Parsed<T> = Result<T, Wrong>;

fn text(given: &OsStr) -> Parsed<&str> {
    given.to_str().ok_or(Wrong::from("it is not UTF-8 text"))
}

/// Whatever reads itself.
pub(super) fn parsed<T: FromStr<Err: Display>>(given: &OsStr) -> Parsed<T> {
    text(given)?.parse().map_err(|error: T::Err| Wrong::Value(error.to_string()))
}

/// A number within limits.
pub(super) fn number<T: TryFrom<u32>, const LEAST: u32, const MOST: u32>(given: &OsStr) -> Parsed<T> {
    let number = text(given)?.parse::<u32>().ok().filter(|number| (LEAST..=MOST).contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| Wrong::Value(format!("it must be a number between {LEAST} and {MOST}")))
}

/// One of a few names.
pub(super) fn choice<T: Copy>(names: &[(&str, T)], given: &OsStr) -> Parsed<T> {
    let found = names.iter().find(|(name, _)| given == *name).map(|(_, value)| *value);
    let names = || names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| Wrong::Value(format!("it must be one of: {}", names())))
}

/// The name of one of a few values.
pub(super) fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, known)| known == value).map_or("", |(name, _)| name).to_owned()
}

/// On or off, in the words that variables usually have for it.
pub(super) fn switch(given: &OsStr) -> Parsed<bool> {
    match text(given)?.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        _ => Err(Wrong::from("it must be on or off")),
    }
}

/// A file or a folder.
pub(super) fn path(given: &OsStr) -> Parsed<PathBuf> {
    if given.is_empty() { Err(Wrong::from("a name is needed")) } else { Ok(PathBuf::from(given)) }
}

/// The file of a key or of a secret; messages repeat file names, so what such a file holds is refused.
pub(super) fn secret_file(given: &OsStr) -> Parsed<PathBuf> {
    let text = given.to_string_lossy();
    let is_content = text.contains(['\n', '\r'])
        || ["-----BEGIN ", "whsec_", "v1,whsec_"].iter().any(|start| text.starts_with(start));
    if is_content { Err(Wrong::NotAFileName) } else { path(given) }
}

/// The name of an environment variable. What is no name may be a key, and is not repeated.
pub(super) fn variable_name(given: &OsStr) -> Parsed<String> {
    let name = text(given)?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_name = is_name && name.len() < 40 && !name.starts_with(|first: char| first.is_ascii_digit());
    if is_name { Ok(name.to_owned()) } else { Err(ConfigError::NotAVariable.into()) }
}

/// A program and its arguments, with spaces between them.
pub(super) fn command_words(given: &OsStr) -> Parsed<Vec<String>> {
    let words: Vec<String> = text(given)?.split_ascii_whitespace().map(str::to_owned).collect();
    let is_path = words.first().is_some_and(|program| program.starts_with('/'));
    if is_path { Ok(words) } else { Err(Wrong::from("it must begin with the full path of a program")) }
}

pub(super) fn time_span(given: &OsStr) -> Parsed<TimeSpan> {
    Ok(span::parse(text(given)?)?)
}

pub(super) fn timeout(given: &OsStr) -> Parsed<TimeSpan> {
    Ok(span::parse_timeout(text(given)?)?)
}

pub(super) fn body_limit(given: &OsStr) -> Parsed<usize> {
    Ok(byte_size::parse_body_limit(text(given)?)?)
}

pub(super) fn log_filter(given: &OsStr) -> Parsed<String> {
    let filter = text(given)?;
    let read = tracing_subscriber::EnvFilter::try_new(filter);
    read.map(|_| filter.to_owned()).map_err(|_| ConfigError::LogFilter.into())
}

/// Networks or addresses, with commas between them.
pub(super) fn networks(given: &OsStr) -> Parsed<Vec<IpNet>> {
    let networks = text(given)?.split(',').map(network).collect::<Result<Vec<_>, _>>()?;
    if networks.iter().any(|network| network.prefix_len() == 0) {
        return Err(ConfigError::EverybodyTrusted.into());
    }
    Ok(networks)
}

fn network(text: &str) -> Parsed<IpNet> {
    let text = text.trim();
    let one = || text.parse::<IpAddr>().map(IpNet::from).ok();
    let network = text.parse::<IpNet>().ok().or_else(one).map(|network| network.trunc());
    network.ok_or(Wrong::from("a network is written like 10.0.0.0/8 or 192.0.2.1"))
}

pub(super) fn database_url(given: &OsStr) -> Parsed<DatabaseUrl> {
    // No part of it is repeated, not even if it is no text.
    let text = given.to_str().ok_or(ConfigError::DatabaseKind)?;
    Ok(DatabaseUrl::parse(text.to_owned())?)
}

pub(super) fn webhook_url(given: &OsStr) -> Parsed<WebhookUrl> {
    given.to_str().and_then(WebhookUrl::parse).ok_or(ConfigError::WebhookUrl.into())
}

pub(super) fn otlp_endpoint(given: &OsStr) -> Parsed<WebhookUrl> {
    given.to_str().and_then(WebhookUrl::parse).ok_or(ConfigError::OtlpEndpoint.into())
}

pub(super) fn forward_url(given: &OsStr) -> Parsed<ForwardUrl> {
    given.to_str().and_then(ForwardUrl::parse).ok_or(ConfigError::ForwardUrl.into())
}

pub(super) fn show_path<P: AsRef<Path>>(path: &P) -> String {
    path.as_ref().display().to_string()
}

pub(super) fn show_span(span: &TimeSpan) -> String {
    span::write(*span)
}
