//! Detects base64 that a program wrapped and nobody put into quotes: `echo "KEY=$(openssl rand
//! -base64 64)"`.
//!
//! The second line, for example `vQ7sKdLmZ8XcVbNaT3RyUg==`, has the form of a name with a value. It
//! must not be read as one: the key would be cut off, and a piece of it would be shown as a
//! secret's name.

pub(super) const REASON: &str = "this line looks like the rest of a value that was wrapped; a value over several lines needs \
                                 quotes, and a name without a value is written NAME=''";

/// The line widths of `openssl` and `base64`.
const USUAL_WIDTHS: [usize; 2] = [64, 76];
/// A shorter value was not wrapped.
const SHORTEST_LINE: usize = 40;
/// Mixed-case base64 with digits of at least this length is not a name.
const TOO_RANDOM: usize = 24;

/// Whether the previous line's value may have been cut.
#[derive(Default)]
pub(super) struct Wrapped {
    /// The line number and length of a value that looks like one line of several.
    before: Option<(usize, usize)>,
}

impl Wrapped {
    /// Records an unquoted value.
    pub(super) fn note(&mut self, value: &str, line: usize) {
        let is_one_of_several = value.len() >= SHORTEST_LINE && is_base64(value);
        let is_hexadecimal = value.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.before = (is_one_of_several && !is_hexadecimal).then_some((line, value.len()));
    }

    /// Returns whether `words`, a complete line with a `=`, is the rest of a wrapped value.
    pub(super) fn goes_on_in(&self, words: &str, line: usize) -> bool {
        let letters = words.trim_end_matches('=');
        let padding = words.len() - letters.len();
        let is_value_of_padding = words
            .split_once('=')
            .is_some_and(|(_, value)| value.contains('=') && value.trim_matches([' ', '\t', '=']).is_empty());
        let has_form = padding == 1 && is_base64(letters);
        let follows = self.before.is_some_and(|(before, length)| {
            // `API_KEY=` is a name, and so may `ENV=` be, unless the line before has a usual width.
            let is_name = !has_both_cases(letters) && (letters.contains(['_', '-']) || !USUAL_WIDTHS.contains(&length));
            // Base64 has four letters for three bytes, wherever it is wrapped.
            before + 1 == line && (length + words.len()).is_multiple_of(4) && !is_name
        });
        let is_whole = words.len().is_multiple_of(4) && letters.len() >= TOO_RANDOM && is_random(letters);
        is_value_of_padding || has_form && (follows || is_whole)
    }
}

fn is_base64(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
}

fn has_both_cases(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
}

fn is_random(text: &str) -> bool {
    has_both_cases(text) && text.bytes().any(|byte| byte.is_ascii_digit()) && !text.contains(['_', '-'])
}
