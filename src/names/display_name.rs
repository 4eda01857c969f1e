//! Names of identities as pages show them.

use std::fmt;

/// The maximum number of characters.
const LONGEST: usize = 128;

/// An identity's name for people: 1 to 128 characters, trimmed, without control characters and
/// without characters that are invisible or change the direction of text (Unicode TR 36, 2.8.2),
/// so that one name cannot be made to look like another that way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(Box<str>);

/// The text is not a valid display name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name for people has 1 to 128 characters, none of which is invisible or changes the direction of text")]
pub struct BadDisplayName;

impl DisplayName {
    /// Parses a display name, without the white space around it.
    ///
    /// Returns an error if the text does not have the form described at [`DisplayName`].
    pub fn parse(text: &str) -> Result<Self, BadDisplayName> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= LONGEST && text.chars().all(is_visible);
        if fits { Ok(Self(text.into())) } else { Err(BadDisplayName) }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Returns whether a character can be seen, or is a space between others.
fn is_visible(letter: char) -> bool {
    !matches!(letter,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
        && !letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_shows_all_that_it_is() {
        for good in ["Ada", "Ada Moreau", "Øyvind Ñuñez", "王小明", "عمر حداد", "O’Neill-Smith, Jr."] {
            assert_eq!(DisplayName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        assert_eq!(DisplayName::parse("  Ada ").map(|name| name.to_string()), Ok("Ada".to_owned()));
        for bad in ["", "  ", "Ada\u{202E}", "A\u{200B}da", "Ada\nMoreau", "\u{FEFF}Ada", "\u{3164}", &"a".repeat(129)]
        {
            assert_eq!(DisplayName::parse(bad), Err(BadDisplayName), "{bad:?}");
        }
    }
}
