//! Reading secrets out of a file that somebody already has: dotenv or JSON.
//!
//! A file is read whole or not at all, and no error repeats any part of a value.

mod collected;
mod dotenv;
mod invisible;
mod json;

use doorward::SecretText;

use collected::Collected;

/// The largest file that is read, in bytes: 4 MiB.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// The most names that one file may have.
pub const MOST_NAMES: usize = 10_000;

/// What a file holds.
pub struct Parsed {
    /// The secrets, in the file's order; no name stands there twice.
    pub entries: Vec<Entry>,
    /// The names that the file leaves without a value, in the file's order.
    pub skipped: Vec<Skipped>,
}

/// One secret out of a file. It has no `Debug`, as its value must not be printed.
pub struct Entry {
    /// The name, which is a [`doorward::SecretName`].
    pub name: String,
    /// The value, never empty.
    pub value: SecretText,
    /// The line on which it begins, counted from 1.
    pub line: usize,
}

/// A name that is not imported, which is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The name, as in [`Entry::name`].
    pub name: String,
    /// The line on which it stands, counted from 1.
    pub line: usize,
    /// Why, to be read after the name: `has no value`.
    pub reason: &'static str,
}

/// Why nothing of a file was read: `.env:12: the value's double quote is never closed`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {reason}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct BadInput {
    /// The file's name as the caller gave it.
    pub file: String,
    /// The line, counted from 1, where there is one to blame.
    pub line: Option<usize>,
    /// A plain sentence without any part of a value.
    pub reason: String,
}

/// Says that a file is too large.
#[must_use]
pub fn too_large(file: &str) -> BadInput {
    BadInput { file: file.to_owned(), line: None, reason: "the file has more than 4 MiB".to_owned() }
}

/// Reads the `text` of a file: JSON if its name ends in `.json` or its text begins with `{`, else dotenv.
///
/// JSON is one object of names and texts; numbers and booleans count as the text they are written with. The rules for dotenv
/// are in the help of `doorward secrets import`. In both, an empty value is skipped, and a name that occurs twice is an
/// error, since only the file's owner knows which of the two is meant.
///
/// # Errors
/// Names file, line and reason of the first thing that cannot be read.
pub fn read(file_name: &str, text: &str) -> Result<Parsed, BadInput> {
    if text.len() > LARGEST_FILE {
        return Err(too_large(file_name));
    }
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix(invisible::BYTE_ORDER_MARK).unwrap_or(text);
    let is_json = is_json(file_name, text);
    let mut collected = Collected::new(file_name, is_json);
    if is_json {
        json::read(text, &mut collected)?;
    } else {
        dotenv::read(text, &mut collected)?;
    }
    Ok(collected.into_parsed())
}

fn is_json(file_name: &str, text: &str) -> bool {
    file_name.to_ascii_lowercase().ends_with(".json") || text.trim_start().starts_with('{')
}

#[cfg(test)]
mod real_files;
#[cfg(test)]
mod tests;
