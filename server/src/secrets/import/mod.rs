//! Imports secrets from an existing dotenv, YAML or JSON file.
//!
//! A file is imported completely or not at all, and no error repeats any part of a value.

mod collected;
mod dotenv;
mod invisible;
mod json;
mod yaml;

use app::secrets::store::{GivenValue, SecretKind};

use collected::Collected;

/// The maximum size of a file in bytes: 4 MiB.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// The maximum number of names in a file.
pub const MOST_NAMES: usize = 10_000;

/// The content of a file.
pub struct Parsed {
    /// The secrets, in the file's order. No name occurs twice.
    pub entries: Vec<Entry>,
    /// The names without a value, in the file's order.
    pub skipped: Vec<Skipped>,
}

/// One secret from a file. Has no `Debug`, because its value must not be printed.
pub struct Entry {
    /// The name, a valid [`doorward::SecretName`].
    pub name: String,
    /// What it is: a text, unless an export of values says otherwise.
    pub kind: SecretKind,
    /// The value, never empty.
    pub value: GivenValue,
    /// The line on which it begins, starting at 1.
    pub line: usize,
}

/// A name that is skipped, which is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The name, as in [`Entry::name`].
    pub name: String,
    /// The line on which it occurs, starting at 1.
    pub line: usize,
    /// The reason, to be read after the name: `has no value`.
    pub reason: &'static str,
}

/// Why a file was refused: `.env:12: the value's double quote is never closed`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct BadInput {
    /// The file's name as the caller gave it.
    pub file: String,
    /// The line, starting at 1, if the error belongs to one.
    pub line: Option<usize>,
    /// A plain sentence without any part of a value.
    pub reason: String,
}

/// Returns the error for a file that is too large.
#[must_use]
pub fn too_large(file: &str) -> BadInput {
    BadInput { file: file.to_owned(), line: None, reason: "the file has more than 4 MiB".to_owned() }
}

/// Parses the `text` of a file: as JSON if its name ends in `.json` or its text begins with `{` or `[`; as YAML if its
/// name ends in `.yaml` or `.yml`, or if it has no such name and its first line is one of YAML; otherwise as dotenv.
///
/// JSON is one object of names and strings, the same inside a response of OpenBao's or Vault's KV, or
/// a list of objects with `key` and `value`; numbers and booleans count as the text they are written
/// with. An export of values also has objects with a `kind`. YAML is one map; maps inside it give names with slashes.
/// The rules for dotenv are in the help of `doorward secrets import`. In both, an empty value
/// is skipped, and a name that occurs twice is an error, because only the file's owner knows which
/// value is meant.
///
/// # Errors
/// Names file, line and reason of the first problem.
pub fn read(file_name: &str, text: &str) -> Result<Parsed, BadInput> {
    if text.len() > LARGEST_FILE {
        return Err(too_large(file_name));
    }
    // Windows editors put a byte order mark at the start.
    let text = text.strip_prefix(invisible::BYTE_ORDER_MARK).unwrap_or(text);
    let is_json = is_json(file_name, text);
    let is_yaml = !is_json && is_yaml(file_name, text);
    let mut collected = Collected::new(file_name, is_json || is_yaml);
    if is_json {
        json::read(text, &mut collected)?;
    } else if is_yaml {
        yaml::read(text, &mut collected)?;
    } else {
        dotenv::read(text, &mut collected)?;
    }
    Ok(collected.into_parsed())
}

/// Parses lines as a dotenv file has them, whatever they begin with.
///
/// # Errors
/// As [`read`].
pub fn read_lines(text: &str) -> Result<Parsed, BadInput> {
    let mut collected = Collected::new("the value", false);
    dotenv::read(text, &mut collected)?;
    Ok(collected.into_parsed())
}

fn is_json(file_name: &str, text: &str) -> bool {
    file_name.to_ascii_lowercase().ends_with(".json") || text.trim_start().starts_with(['{', '['])
}

fn is_yaml(file_name: &str, text: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    let is_named_so = name.ends_with(".yaml") || name.ends_with(".yml");
    is_named_so || !name.contains(".env") && yaml::looks_like(text)
}

#[cfg(test)]
mod real_files;
#[cfg(test)]
mod tests;
