//! What is searched for, and what the server finds.

use crate::backend::{Permit, StoreError};
use crate::search::policy::Search;
use crate::secrets::store::SecretRow;
use async_trait::async_trait;
use doorward::{IdentityId, Kind};

/// The most characters that count.
pub const LONGEST: usize = 128;
/// The most words that count.
const MOST_WORDS: usize = 6;
/// The most characters of a word that count, here and where words are kept.
pub const LONGEST_WORD: usize = 40;

/// What somebody typed, cut to what counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchText(String);

impl SearchText {
    /// Reads what was typed. What is too long is cut: a search while typing has no place for an error.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let kept = text.trim().chars().filter(|character| !character.is_control());
        Self(kept.take(LONGEST).collect())
    }

    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.0
    }

    /// Returns the words that results must have, or the beginnings of them.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = words(&self.0);
        words.truncate(MOST_WORDS);
        words
    }
}

/// Splits a text into lower-case words of letters and digits, each once.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let word: String = part.chars().flat_map(char::to_lowercase).take(LONGEST_WORD).collect();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// How many results are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The best few.
    Suggestions,
    /// As many as a page shows.
    Page,
}

impl Wanted {
    /// The most secrets and the most people.
    #[must_use]
    pub const fn most(self) -> usize {
        match self {
            Self::Suggestions => 8,
            Self::Page => 50,
        }
    }
}

/// A person, service account or agent that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundIdentity {
    pub id: IdentityId,
    pub name: String,
    pub display_name: String,
    pub kind: Kind,
}

/// What the server found.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// The best match first.
    pub secrets: Vec<SecretRow>,
    pub has_more_secrets: bool,
    pub identities: Vec<FoundIdentity>,
    pub has_more_identities: bool,
    /// Whether people were searched at all.
    pub searched_identities: bool,
    /// How many changes were not searched yet, as after a large import.
    pub unsearched: i64,
}

/// Where words are looked up.
#[async_trait]
pub trait Finder: Send + Sync {
    /// Returns the secrets and identities that have all words of the text.
    async fn search(&self, permit: Permit<Search>, text: &SearchText, wanted: Wanted) -> Result<Matches, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_into_words_of_letters_and_digits() {
        assert_eq!(words("Billing/deploy-token_2 Deploy"), ["billing", "deploy", "token", "2"]);
        assert_eq!(words(" -/%_! "), Vec::<String>::new());
        assert_eq!(words("Straße ÄRGER"), ["straße", "ärger"]);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let text = SearchText::read(&format!("  a\u{0}b {}", "x".repeat(500)));
        assert_eq!(text.as_typed().chars().count(), LONGEST);
        assert_eq!(text.words()[0], "ab");
        assert_eq!(text.words()[1].len(), LONGEST_WORD);
        assert_eq!(SearchText::read("a b c d e f g h").words().len(), MOST_WORDS);
    }
}
