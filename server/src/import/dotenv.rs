//! Dotenv, as the files that people have are written.
//!
//! - `NAME=value`, also `export NAME=value`, with spaces around `=`; blank lines and `#` lines say nothing.
//! - Without quotes the value ends with its line, without the spaces at its ends; ` #` begins a comment.
//! - `'…'` and `` `…` `` hold their text as it is; `"…"` knows `\n \r \t \\ \" \$`, other backslashes stay.
//! - Quoted values may go over several lines; a line that ends in CRLF counts as ended by LF.
//! - `$NAME` is **not** replaced, since `pa$$word` must arrive unchanged.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::BadInput;
use super::collected::Collected;

const BLANKS: [char; 2] = [' ', '\t'];

/// Reads every line of `text` into `collected`.
pub(super) fn read(text: &str, collected: &mut Collected<'_>) -> Result<(), BadInput> {
    let with_line_feeds;
    let mut rest = text;
    if text.contains("\r\n") {
        with_line_feeds = Zeroizing::new(text.replace("\r\n", "\n"));
        rest = &with_line_feeds;
    }
    let mut reader = Reader { rest, line: 1 };
    while !reader.rest.is_empty() {
        reader.read_line(collected)?;
    }
    Ok(())
}

struct Reader<'a> {
    /// What is still to be read.
    rest: &'a str,
    /// The line, counted from 1, on which `rest` begins.
    line: usize,
}

impl<'a> Reader<'a> {
    fn read_line(&mut self, collected: &mut Collected<'_>) -> Result<(), BadInput> {
        let line = self.line;
        let here = first_line(self.rest);
        if here.trim().is_empty() || here.trim_start().starts_with('#') {
            self.step_over(here.len());
            return Ok(());
        }
        let Some((before, after)) = here.split_once('=') else {
            return Err(collected.bad(line, "there is no = in this line; a value over several lines needs quotes"));
        };
        let name = without_export(before.trim());
        if name.is_empty() {
            return Err(collected.bad(line, "there is no name before ="));
        }
        collected.claim(name, line)?;
        let blanks = after.len() - after.trim_start_matches(BLANKS).len();
        self.rest = &self.rest[before.len() + 1 + blanks..];
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(quote, collected)?,
            _ => self.unquoted(after, collected)?,
        };
        collected.add(name, value.into_owned(), line)
    }

    /// The value that begins at `rest` with `quote`; ends behind its last line.
    fn quoted(&mut self, quote: char, collected: &Collected<'_>) -> Result<Cow<'a, str>, BadInput> {
        let opened = self.line;
        let inside = &self.rest[quote.len_utf8()..];
        let Some(length) = closing(inside, quote) else {
            return Err(collected.bad(opened, format!("the value's {} quote is never closed", word_for(quote))));
        };
        let text = &inside[..length];
        let behind = first_line(&inside[length + quote.len_utf8()..]);
        self.line += text.matches('\n').count();
        if !is_blank_or_comment(behind) {
            return Err(collected.bad(self.line, behind_the_quote(quote, opened, self.line)));
        }
        self.step_over(text.len() + 2 * quote.len_utf8() + behind.len());
        Ok(if quote == '"' { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) })
    }

    /// The value in what stands `after` the `=` up to the end of its line.
    fn unquoted(&mut self, after: &'a str, collected: &Collected<'_>) -> Result<Cow<'a, str>, BadInput> {
        let value = after[..comment_start(after)].trim();
        // What follows the first line of such a key would be taken for names.
        if value.starts_with("-----BEGIN ") && !value.contains("-----END ") {
            return Err(collected.bad(self.line, "a value over several lines needs quotes around it"));
        }
        self.step_over(first_line(self.rest).len());
        Ok(Cow::Borrowed(value))
    }

    /// Goes on behind the line of which `length` more bytes are left.
    fn step_over(&mut self, length: usize) {
        let behind = &self.rest[length..];
        self.rest = behind.strip_prefix('\n').unwrap_or(behind);
        self.line += 1;
    }
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(line, _)| line)
}

fn without_export(name: &str) -> &str {
    match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(BLANKS) => rest.trim_start(),
        _ => name,
    }
}

/// Where `quote` closes in `inside`, in bytes; a backslash hides the next character in double quotes alone.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut hidden = false;
    for (at, one) in inside.char_indices() {
        if hidden {
            hidden = false;
        } else if one == quote {
            return Some(at);
        } else {
            hidden = quote == '"' && one == '\\';
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    // The result is never longer than the text, so nothing is copied while it grows and left in memory.
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(one) = characters.next() {
        if one != '\\' {
            plain.push(one);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some(same @ ('\\' | '"' | '$')) => plain.push(same),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// Where the comment of an unquoted value begins: at a `#` behind a blank; else the end.
fn comment_start(text: &str) -> usize {
    text.match_indices('#').map(|(at, _)| at).find(|&at| text[..at].ends_with(BLANKS)).unwrap_or(text.len())
}

fn is_blank_or_comment(text: &str) -> bool {
    text[..comment_start(text)].trim().is_empty()
}

fn word_for(quote: char) -> &'static str {
    match quote {
        '"' => "double",
        '\'' => "single",
        _ => "backtick",
    }
}

fn behind_the_quote(quote: char, opened: usize, closed: usize) -> String {
    let word = word_for(quote);
    let advice = if quote == '"' { "; a double quote inside is written \\\"" } else { "" };
    if opened == closed {
        format!("something follows the value's closing {word} quote{advice}")
    } else {
        format!("something follows the closing {word} quote of the value that begins on line {opened}{advice}")
    }
}
