//! The entries read so far, and the rules for every format: names, duplicates, limits.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;

use app::secrets::store::{GivenValue, SecretKind};
use doorward::{SecretName, SecretText, SecretTextError};

use crate::secrets::import::{BadInput, Entry, MOST_NAMES, Parsed, Skipped, invisible};

const BAD_NAME: &str = "a name begins with a letter or _, goes on with letters, digits, _, ., / and -, \
                        and has at most 128 characters";

/// How much of an invalid name is shown.
const SHOWN: usize = 128;

/// Names that sops adds to a file that it encrypts.
const OF_SOPS: [&str; 4] = ["sops", "sops_mac", "sops_version", "sops_lastmodified"];
/// The beginning of values that sops encrypted.
const BY_SOPS: &str = "ENC[AES256_GCM,";
/// A name that dotenvx adds.
const OF_DOTENVX: &str = "DOTENV_PUBLIC_KEY";

const SOPS: &str = "the file is encrypted by sops; decrypt it first: sops -d FILE | doorward secrets import … --yes -";
const DOTENVX: &str = "the file is encrypted by dotenvx; decrypt it first";

/// Collects names and values, and checks each one.
pub(super) struct Collected<'a> {
    file: &'a str,
    /// Whether an invalid name may be shown. In dotenv files it may be part of an unquoted value.
    shows_names: bool,
    lines: HashMap<String, usize>,
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
}

impl<'a> Collected<'a> {
    pub(super) fn new(file: &'a str, shows_names: bool) -> Self {
        Self { file, shows_names, lines: HashMap::new(), entries: Vec::new(), skipped: Vec::new() }
    }

    /// Adds a name. Its value follows by [`Self::add`] or [`Self::skip`].
    pub(super) fn claim(&mut self, name: &str, line: usize) -> Result<(), BadInput> {
        if OF_SOPS.contains(&name) {
            return Err(self.bad(line, SOPS));
        }
        if name.starts_with(OF_DOTENVX) {
            return Err(self.bad(line, DOTENVX));
        }
        if SecretName::parse(name).is_err() {
            return Err(self.bad(line, self.about_a_bad_name(name)));
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

    fn about_a_bad_name(&self, name: &str) -> String {
        let odd = invisible::find(name);
        let odd = odd.map(|odd| format!("the name has an invisible character ({}): ", invisible::word(odd)));
        let shown: Option<String> = self.shows_names.then(|| name.chars().take(SHOWN).collect());
        let shown = shown.map(|name| format!("{name:?}: "));
        format!("{}{}{BAD_NAME}", shown.unwrap_or_default(), odd.unwrap_or_default())
    }

    /// Adds the value of a claimed name. An empty value is skipped.
    pub(super) fn add(&mut self, name: &str, value: String, line: usize) -> Result<(), BadInput> {
        if value.starts_with(BY_SOPS) {
            return Err(self.bad(line, SOPS));
        }
        match SecretText::new(value) {
            Ok(value) => self.add_of_kind(name, SecretKind::Text, GivenValue::Text(value), line),
            Err(SecretTextError::Empty) => self.skip(name, line),
            Err(other) => return Err(self.bad(line, format!("{name}: {other}"))),
        }
        Ok(())
    }

    /// Adds the value of a claimed name, of any kind.
    pub(super) fn add_of_kind(&mut self, name: &str, kind: SecretKind, value: GivenValue, line: usize) {
        self.entries.push(Entry { name: name.to_owned(), kind, value, line });
    }

    /// Skips a claimed name that has no value.
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
