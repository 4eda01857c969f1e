//! Rules for new passwords (ASVS 5.0 V6.2, NIST SP 800-63B-4): long enough, not a common password,
//! and not made of the user's name or this product's.
//!
//! There are no rules about kinds of characters, because they make passwords worse. Text is neither
//! truncated nor trimmed, and its length counts in the form that is hashed (NFKC).

use crate::account::password::{common, normalized};
use doorward::SecretText;

/// The minimum number of characters of a new password.
pub const FEWEST_CHARACTERS: usize = 12;

/// The maximum number of characters of a new password.
pub const MOST_CHARACTERS: usize = 256;

/// Why a new password is not accepted. The messages are for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("a password needs at least 12 characters")]
    TooShort,
    #[error("a password may have at most 256 characters")]
    TooLong,
    #[error("a password may not be made of the sign-in name")]
    Name,
    #[error("a password may not be made of “{0}”, digits and signs: that is guessed first")]
    Predictable(&'static str),
    #[error("this password is on the list of common passwords; choose another")]
    Common,
}

/// Checks a password that somebody chooses for the user `name`. Returns the first rule that it
/// breaks as the error.
pub fn check_new_password(password: &SecretText, name: &str) -> Result<(), WeakPassword> {
    let plain = normalized(password.expose());
    let characters = plain.chars().count();
    if characters < FEWEST_CHARACTERS {
        Err(WeakPassword::TooShort)
    } else if characters > MOST_CHARACTERS {
        Err(WeakPassword::TooLong)
    } else if is_made_of(plain.chars(), name.trim().chars()) || is_made_of_name(&plain, name) {
        Err(WeakPassword::Name)
    } else if let Some(word) = common::context_word(&plain) {
        Err(WeakPassword::Predictable(word))
    } else if common::is_listed(&plain) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

/// Passwords with at least this many digits are not reduced to the name in them.
const MANY_DIGITS: usize = 8;

/// Returns whether the letters of `text` are those of `name`, ignoring blanks, punctuation and a
/// few digits.
fn is_made_of_name(text: &str, name: &str) -> bool {
    let digits = text.chars().filter(|letter| letter.is_numeric()).count();
    digits < MANY_DIGITS && is_made_of(text.chars().filter(is_letter), name.chars().filter(is_letter))
}

fn is_letter(letter: &char) -> bool {
    letter.is_alphabetic()
}

/// Returns whether `text` is `name` once or more, ignoring case.
fn is_made_of(text: impl Iterator<Item = char>, name: impl Iterator<Item = char>) -> bool {
    let mut letters = text.flat_map(char::to_lowercase);
    let name: Vec<char> = name.flat_map(char::to_lowercase).collect();
    if name.is_empty() {
        return false;
    }
    // Compared letter by letter, so that no lower-case copy of the password stays in memory.
    let mut expected = name.iter().cycle().zip((0..name.len()).cycle());
    let mut complete = false;
    letters.all(|letter| {
        expected.next().is_some_and(|(one, at)| {
            complete = at + 1 == name.len();
            *one == letter
        })
    }) && complete
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, name: &str) -> Result<(), WeakPassword> {
        check_new_password(&SecretText::new(password.to_owned()).unwrap(), name)
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(check("ünïcödé-ünï", "ada"), Err(WeakPassword::TooShort));
        assert_eq!(check("ünïcödé-ünïc", "ada"), Ok(()));
        assert_eq!(check(&"é".repeat(256), "ada"), Ok(()));
        assert_eq!(check(&"é".repeat(257), "ada"), Err(WeakPassword::TooLong));
    }

    #[test]
    fn the_users_own_name_is_no_password() {
        assert_eq!(check("Ada.Lovelace", "ada.lovelace"), Err(WeakPassword::Name));
        assert_eq!(check("adaADAadaAda", "ada"), Err(WeakPassword::Name));
        assert_eq!(check("adaADAadaAdaa", "ada"), Ok(()));
        assert_eq!(check("ada lovelace 1815", "ada"), Ok(()));
        for made in ["petra petra petra", "Petra-Petra-2026", "petra1, petra2!", "p e t r a p e t r a"] {
            assert_eq!(check(made, "petra"), Err(WeakPassword::Name), "{made}");
        }
        assert_eq!(check("web-01 web-01", "web-01"), Err(WeakPassword::Name));
        assert_eq!(check("ada 825917640322", "ada"), Ok(()), "the digits are a password of their own");
        assert_eq!(check("petra's petrol", "petra"), Ok(()));
        assert_eq!(check("whatever it is", ""), Ok(()));
    }

    #[test]
    fn a_common_password_is_refused_in_any_case_of_letters() {
        for common in ["123qweasdzxc", "1QAZ2WSX3edc", "LeaveMeAlone", "123456789012"] {
            assert_eq!(check(common, "ada"), Err(WeakPassword::Common), "{common}");
        }
        assert_eq!(check("leavemealone, moon", "ada"), Ok(()));
    }

    #[test]
    fn the_products_name_is_no_password() {
        assert_eq!(check("Doorward-2026!", "ada"), Err(WeakPassword::Predictable("doorward")));
        assert_eq!(check("doorwarddoorward", "doorward"), Err(WeakPassword::Name));
        assert_eq!(check("a doorward by the sea", "ada"), Ok(()));
    }

    #[test]
    fn the_word_that_makes_a_password_weak_is_named() {
        assert_eq!(check("password12345", "ada"), Err(WeakPassword::Predictable("password")));
        let said = WeakPassword::Predictable("password").to_string();
        assert!(said.contains("“password”") && !said.contains("product"), "{said}");
    }

    #[test]
    fn there_are_no_rules_on_kinds_of_characters() {
        assert_eq!(check("correct horse battery staple", "ada"), Ok(()));
        assert_eq!(check("            ", "ada"), Ok(()));
        assert_eq!(check("825917640322", "ada"), Ok(()));
    }
}
