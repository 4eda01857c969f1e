//! Why somebody does something, in their own words.

use crate::page::error::PageError;
use crate::page::form::Form;
use doorward::action::Resource;

/// The name of the field.
pub const WHY: &str = "why";
/// In characters.
pub const LONGEST_WHY: usize = 200;
/// The same where an environment asks for a reason.
pub const LONGEST_ASKED: usize = 500;
/// The fewest characters of a reason that an environment asks for.
pub const SHORTEST_ASKED: usize = 10;

/// The reason that was stated with a form, or an empty text. It decides nothing, and the record keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedReason(String);

impl StatedReason {
    pub fn read(form: &Form) -> Result<Self, PageError> {
        Self::of_text(form.text(WHY), LONGEST_WHY)
    }

    /// Reads the reason for showing a value. The environment's rules say whether there has to be one.
    pub fn read_asked(form: &Form) -> Result<Self, PageError> {
        Self::of_text(form.text(WHY), LONGEST_ASKED)
    }

    /// Reads a text of at most `longest` characters.
    pub fn of_text(text: &str, longest: usize) -> Result<Self, PageError> {
        let text = text.trim();
        if text.chars().count() > longest {
            return Err(PageError::invalid(WHY, format!("Enter at most {longest} characters.")));
        }
        if text.chars().any(char::is_control) {
            return Err(PageError::invalid(WHY, "Enter the reason in one line."));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns whether it is long enough where an environment asks for one, and has letters or digits.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.0.chars().count() >= SHORTEST_ASKED && self.0.chars().any(char::is_alphanumeric)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds it to the parameters of a record.
    #[must_use]
    pub fn of(&self, resource: Resource) -> Resource {
        if self.0.is_empty() { resource } else { resource.with(WHY, &self.0) }
    }
}

/// Splits a record's parameters into those that say what was asked for, and the reason that was stated.
#[must_use]
pub fn split(parameters: &str) -> (String, Option<String>) {
    let (stated, others): (Vec<_>, Vec<_>) =
        parameters.split('&').partition(|pair| pair.split_once('=').is_some_and(|(name, _)| name == WHY));
    let stated = stated.first().and_then(|pair| pair.split_once('=')).map(|(_, value)| decoded(value));
    (others.join("&"), stated)
}

fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let digits = (*byte == b'%').then(|| behind.get(..2)).flatten();
        let escaped = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<StatedReason, PageError> {
        StatedReason::read(&Form::new(vec![(WHY.to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_stated_reason_is_read_back_from_a_record() {
        let resource = Resource::none().with("by", "identity").with("what", "omar");
        let stated = read(" Left the team & 100 % “sure” ").map(|stated| stated.of(resource.clone()).parameters);
        let (asked, why) = split(&stated.unwrap_or_default());
        assert_eq!((asked.as_str(), why.as_deref()), ("by=identity&what=omar", Some("Left the team & 100 % “sure”")));
        assert_eq!(split(&resource.parameters), (resource.parameters.clone(), None));
        assert_eq!(read("").map(|none| none.of(resource.clone())), Ok(resource));
        assert_eq!(split(""), (String::new(), None));
    }

    #[test]
    fn blanks_and_marks_are_no_reason() {
        let is_enough = |text: &str| StatedReason::of_text(text, LONGEST_ASKED).is_ok_and(|why| why.is_enough());
        assert!(is_enough("Ticket 4711") && is_enough("事件を調べるため確認します") && is_enough(&"é".repeat(500)));
        for text in [
            "",
            "too short",
            "          x",
            "............",
            "\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}",
        ] {
            assert!(!is_enough(text), "{text:?}");
        }
        assert!(!is_enough(&"é".repeat(501)) && !is_enough("ten letters\u{7}"));
    }

    #[test]
    fn a_stated_reason_is_one_short_line() {
        assert!(read(&"é".repeat(LONGEST_WHY)).is_ok());
        assert!(read(&"é".repeat(LONGEST_WHY + 1)).is_err());
        assert!(read("one\u{7}two").is_err());
    }
}
