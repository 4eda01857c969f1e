//! Dotenv files as they occur in practice. `doorward secrets import --help` states the rules.
//!
//! Other parsers disagree about some rules. A line whose value could silently change is refused.

mod escapes;
mod line_ends;
mod wrapped;

use crate::secrets::import::collected::Collected;
use crate::secrets::import::{BadInput, invisible};
use escapes::Unclear;
use wrapped::Wrapped;
use zeroize::Zeroizing;

const BLANKS: [char; 2] = [' ', '\t'];
const SEVERAL_LINES: &str = "a value over several lines needs quotes";

/// Reads every line of `text` into `collected`.
pub(super) fn read(text: &str, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let text = line_ends::as_line_feeds(text).map_err(|line| {
        let reason = "a carriage return (CR) stands alone, while other lines end in LF; inside a value it is written \\r in \
                      double quotes";
        collected.bad(line, reason)
    })?;
    let mut reader = Reader { rest: &text, line: 1, wrapped: Wrapped::default() };
    while !reader.rest.is_empty() {
        reader.read_line(collected)?;
    }
    Ok(())
}

struct Reader<'a> {
    /// The text still to be read.
    rest: &'a str,
    /// The line on which `rest` begins, starting at 1.
    line: usize,
    wrapped: Wrapped,
}

impl<'a> Reader<'a> {
    fn read_line(&mut self, collected: &mut Collected<'_>) -> Result<(), BadInput> {
        let line = self.line;
        let here = first_line(self.rest);
        let words = here.trim_matches(BLANKS);
        if words.is_empty() || words.starts_with('#') {
            self.step_over(here.len());
            return Ok(());
        }
        let Some((before, after)) = here.split_once('=') else {
            return Err(collected.bad(line, without_equals(words)));
        };
        if self.wrapped.goes_on_in(words, line) {
            return Err(collected.bad(line, wrapped::REASON));
        }
        let name = without_export(before.trim_matches(BLANKS));
        if name.is_empty() {
            return Err(collected.bad(line, "there is no name before ="));
        }
        collected.claim(name, line)?;
        let blanks = after.len() - after.trim_start_matches(BLANKS).len();
        self.rest = &self.rest[before.len() + 1 + blanks..];
        let mut value = match self.rest.as_bytes() {
            [b'"' | b'\'' | b'`', ..] => self.quoted(Quote::of(self.rest), collected)?,
            [b'$', b'\'' | b'"', ..] => self.quoted(Quote::of(self.rest), collected)?,
            _ => self.unquoted(after, collected)?,
        };
        collected.add(name, std::mem::take(&mut *value), line)
    }

    /// Reads the quoted value at the start of `rest`, up to the end of its last line.
    fn quoted(&mut self, quote: Quote, collected: &Collected<'_>) -> Result<Zeroizing<String>, BadInput> {
        let opened = self.line;
        let inside = &self.rest[quote.opens().len()..];
        let Some(length) = quote.closes_in(inside) else {
            return Err(collected.bad(opened, format!("the value's {} quote is never closed", quote.word())));
        };
        let text = &inside[..length];
        let behind = first_line(&inside[length + 1..]);
        self.line += text.matches('\n').count();
        if !is_blank_or_comment(behind) {
            return Err(collected.bad(self.line, behind_the_quote(quote, opened, self.line, behind)));
        }
        let value = match quote {
            Quote::Single | Quote::Backtick => Some(Zeroizing::new(text.to_owned())),
            Quote::Double => Some(escapes::in_double_quotes(text)),
            Quote::Ansi => escapes::ansi(text),
            Quote::Translated => None,
        };
        let reason = "the value's $ quote holds what is no text; put it in single quotes";
        let value = value.ok_or_else(|| collected.bad(opened, reason))?;
        self.step_over(quote.opens().len() + length + 1 + behind.len());
        Ok(value)
    }

    /// Reads the unquoted value `after` the `=`, up to the end of its line.
    fn unquoted(&mut self, after: &str, collected: &Collected<'_>) -> Result<Zeroizing<String>, BadInput> {
        let value = if is_comment_behind_equals(after) { Ok(Zeroizing::default()) } else { escapes::unquoted(after) };
        let value = value.map_err(|unclear| match unclear {
            Unclear::GoesOn => collected.bad(self.line, format!("the line ends in a backslash: {SEVERAL_LINES}")),
            Unclear::Both => collected.bad(
                self.line,
                "the value has a character with a backslash before it and also without one, which readers of such files \
                 understand differently; put the value in single quotes",
            ),
        })?;
        // The lines after the first one of such a key would be read as names.
        if value.starts_with("-----BEGIN ") && !value.contains("-----END ") {
            return Err(collected.bad(self.line, format!("{SEVERAL_LINES} around it")));
        }
        if value.contains(invisible::BYTE_ORDER_MARK) {
            let word = invisible::word(invisible::BYTE_ORDER_MARK);
            let reason = format!(
                "the value has an invisible character ({word}); were two files joined here without a line end?"
            );
            return Err(collected.bad(self.line, reason));
        }
        self.wrapped.note(&value, self.line);
        self.step_over(first_line(self.rest).len());
        Ok(value)
    }

    /// Moves past a line of which `length` bytes are left.
    fn step_over(&mut self, length: usize) {
        let behind = &self.rest[length..];
        self.rest = behind.strip_prefix('\n').unwrap_or(behind);
        self.line += 1;
    }
}

/// The kind of quotes around a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    Single,
    Double,
    Backtick,
    /// `$'…'`.
    Ansi,
    /// `$"…"`, which bash translates.
    Translated,
}

impl Quote {
    fn of(text: &str) -> Self {
        match text.as_bytes() {
            [b'"', ..] => Self::Double,
            [b'`', ..] => Self::Backtick,
            [b'$', b'\'', ..] => Self::Ansi,
            [b'$', ..] => Self::Translated,
            _ => Self::Single,
        }
    }

    const fn opens(self) -> &'static str {
        match self {
            Self::Single => "'",
            Self::Double => "\"",
            Self::Backtick => "`",
            Self::Ansi => "$'",
            Self::Translated => "$\"",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Double | Self::Translated => "double",
            Self::Single | Self::Ansi => "single",
            Self::Backtick => "backtick",
        }
    }

    /// Returns the position of the closing quote in `inside`, in bytes. In some kinds, a backslash
    /// escapes the next character.
    fn closes_in(self, inside: &str) -> Option<usize> {
        let hides = matches!(self, Self::Double | Self::Ansi | Self::Translated);
        let closing = self.opens().chars().next_back();
        let mut hidden = false;
        for (at, one) in inside.char_indices() {
            if hidden {
                hidden = false;
            } else if Some(one) == closing {
                return Some(at);
            } else {
                hidden = hides && one == '\\';
            }
        }
        None
    }
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(line, _)| line)
}

fn without_export(name: &str) -> &str {
    let behind = ["export", "declare -x"].into_iter().find_map(|word| name.strip_prefix(word));
    behind.filter(|rest| rest.starts_with(BLANKS)).map_or(name, |rest| rest.trim_start_matches(BLANKS))
}

fn without_equals(words: &str) -> String {
    if let Some(odd) = invisible::find(words) {
        format!("there is no = in this line, but an invisible character ({})", invisible::word(odd))
    } else if without_export(words) != words {
        "there is no = in this line: an exported name needs its value here too".to_owned()
    } else {
        format!("there is no = in this line; {SEVERAL_LINES}")
    }
}

/// `NAME=# what it is`, as in templates. `#fff` is a value.
fn is_comment_behind_equals(after: &str) -> bool {
    let behind = after.trim_start_matches('#');
    behind.len() < after.len() && (behind.is_empty() || behind.starts_with(BLANKS))
}

/// A comment begins with a `#` after a blank.
fn is_blank_or_comment(text: &str) -> bool {
    let words = text.trim_matches(BLANKS);
    words.is_empty() || text.starts_with(BLANKS) && words.starts_with('#')
}

fn behind_the_quote(quote: Quote, opened: usize, closed: usize, behind: &str) -> String {
    let word = quote.word();
    let advice = if let Some(odd) = invisible::find(behind) {
        format!("; there is an invisible character ({})", invisible::word(odd))
    } else if quote == Quote::Double {
        "; a double quote inside is written \\\"".to_owned()
    } else {
        String::new()
    };
    if opened == closed {
        format!("something follows the value's closing {word} quote{advice}")
    } else {
        format!("something follows the closing {word} quote of the value that begins on line {opened}{advice}")
    }
}
