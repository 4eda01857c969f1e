//! What was read so far, and the rules that hold for every format: names, duplicates, limits.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;

use doorward::{SecretText, SecretTextError};

use super::{BadInput, Entry, MOST_NAMES, Parsed, Skipped};

const LONGEST_NAME: usize = 128;

const BAD_NAME: &str = "a name begins with a letter or _, goes on with letters, digits, _, . and -, \
                        and has at most 128 characters";

/// Gathers names and values, each checked as it comes.
pub(super) struct Collected<'a> {
    file: &'a str,
    lines: HashMap<String, usize>,
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
}

impl<'a> Collected<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self { file, lines: HashMap::new(), entries: Vec::new(), skipped: Vec::new() }
    }

    /// Takes a name in; its value comes by [`Self::add`] or [`Self::skip`].
    ///
    /// A bad name is not repeated in the error: it may be a piece of a value that was not quoted.
    pub(super) fn claim(&mut self, name: &str, line: usize) -> Result<(), BadInput> {
        if !is_name(name) {
            return Err(self.bad(line, BAD_NAME));
        }
        if self.lines.len() == MOST_NAMES {
            return Err(self.bad(line, "the file has more than 10,000 names"));
        }
        match self.lines.entry(name.to_owned()) {
            Place::Vacant(free) => {
                free.insert(line);
                Ok(())
            }
            Place::Occupied(taken) => {
                let first = *taken.get();
                Err(self.bad(line, format!("{name} stands already on line {first}")))
            }
        }
    }

    /// Adds the value of a claimed name; an empty one is skipped.
    pub(super) fn add(&mut self, name: &str, value: String, line: usize) -> Result<(), BadInput> {
        match SecretText::new(value) {
            Ok(value) => self.entries.push(Entry { name: name.to_owned(), value, line }),
            Err(SecretTextError::Empty) => self.skip(name, line),
            Err(other) => return Err(self.bad(line, format!("{name}: {other}"))),
        }
        Ok(())
    }

    /// Leaves out a claimed name that has no value.
    pub(super) fn skip(&mut self, name: &str, line: usize) {
        self.skipped.push(Skipped { name: name.to_owned(), line, reason: "has no value" });
    }

    pub(super) fn bad(&self, line: usize, reason: impl Into<String>) -> BadInput {
        BadInput { file: self.file.to_owned(), line: Some(line), reason: reason.into() }
    }

    pub(super) fn bad_file(&self, reason: impl Into<String>) -> BadInput {
        BadInput { file: self.file.to_owned(), line: None, reason: reason.into() }
    }

    pub(super) fn into_parsed(self) -> Parsed {
        Parsed { entries: self.entries, skipped: self.skipped }
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '.' | '-'))
}
