//! What a new password must be (ASVS 5.0 V6.2, SP 800-63B-4): long enough, none of the common ones, and not made of
//! the user's own name or of this product's.
//!
//! Nothing else: rules on kinds of characters make passwords worse. Texts count as they are typed: they are not
//! cut, trimmed or normalized.

use super::common;
use doorward::SecretText;

/// The fewest characters of a new password.
pub const FEWEST_CHARACTERS: usize = 12;

/// The most characters of a new password.
pub const MOST_CHARACTERS: usize = 256;

/// Why a new password is not accepted; words for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer than [`FEWEST_CHARACTERS`].
    #[error("a password needs at least 12 characters")]
    TooShort,
    /// More than [`MOST_CHARACTERS`].
    #[error("a password may have at most 256 characters")]
    TooLong,
    /// The user's name, once or over and over.
    #[error("a password may not be made of the sign-in name")]
    Name,
    /// This product's name and words that go with it, with any digits and signs.
    #[error("a password may not be made of the product's name; choose another")]
    Product,
    /// One of the most common passwords of this length.
    #[error("this password is on the list of common passwords; choose another")]
    Common,
}

/// Checks a password that somebody chooses for the user `name`.
///
/// # Errors
/// The first rule that it does not keep.
pub fn check_new_password(password: &SecretText, name: &str) -> Result<(), WeakPassword> {
    let characters = password.expose().chars().count();
    if characters < FEWEST_CHARACTERS {
        Err(WeakPassword::TooShort)
    } else if characters > MOST_CHARACTERS {
        Err(WeakPassword::TooLong)
    } else if is_made_of(password.expose(), name.trim()) {
        Err(WeakPassword::Name)
    } else if common::is_made_of_context(password.expose()) {
        Err(WeakPassword::Product)
    } else if common::is_listed(password.expose()) {
        Err(WeakPassword::Common)
    } else {
        Ok(())
    }
}

/// Whether `text` is `name` once or more, in any case of letters.
fn is_made_of(text: &str, name: &str) -> bool {
    let mut letters = text.chars().flat_map(char::to_lowercase);
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    if name.is_empty() {
        return false;
    }
    // Compared letter by letter, so that no lowered copy of the password stays in memory.
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
        assert_eq!(check("Doorward-2026!", "ada"), Err(WeakPassword::Product));
        assert_eq!(check("doorwarddoorward", "doorward"), Err(WeakPassword::Name));
        assert_eq!(check("a doorward by the sea", "ada"), Ok(()));
    }

    #[test]
    fn there_are_no_rules_on_kinds_of_characters() {
        assert_eq!(check("correct horse battery staple", "ada"), Ok(()));
        assert_eq!(check("            ", "ada"), Ok(()));
        assert_eq!(check("825917640322", "ada"), Ok(()));
    }
}
