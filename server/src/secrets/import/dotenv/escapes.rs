//! Backslash escapes in values.

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::Chars;
use zeroize::Zeroizing;

/// Characters that are special to a shell outside quotes, as bash's `printf %q` escapes them.
const SPECIAL: &str = " \t!\"#$&'()*,;<>?[\\]^`{|}~";

/// These count as one kind: a text in which some of them have a backslash and some do not was not
/// written by a shell.
const QUOTES: &str = "\"'`\\";

/// Why an unquoted value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// The last character is a backslash.
    GoesOn,
    /// The same character occurs with and without a backslash.
    Both,
}

/// Returns an empty string with enough capacity, because a string that grows leaves copies behind.
fn room_for(text: &str) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(text.len()))
}

/// Replaces the escapes that double quotes support. Other backslashes are kept.
pub(super) fn in_double_quotes(text: &str) -> Zeroizing<String> {
    let mut plain = room_for(text);
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
            Some(same @ ('\\' | '"' | '$' | '`')) => plain.push(same),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// Returns the value at the beginning of a line's rest, without the comment, surrounding blanks,
/// and backslashes before characters that are special to a shell.
pub(super) fn unquoted(text: &str) -> Result<Zeroizing<String>, Unclear> {
    let mut value = room_for(text);
    let (mut with, mut without) = (HashSet::new(), HashSet::new());
    // The value ends here, unless more than blanks follow.
    let mut end = 0;
    let mut characters = text.chars();
    let mut before = None;
    while let Some(one) = characters.next() {
        match one {
            ' ' | '\t' if value.is_empty() => {}
            ' ' | '\t' => value.push(one),
            '#' if matches!(before, Some(' ' | '\t')) => break,
            _ => {
                if value.len() > end {
                    without.insert(' ');
                }
                if one == '\\' {
                    let hidden = characters.next().ok_or(Unclear::GoesOn)?;
                    if SPECIAL.contains(hidden) {
                        value.push(hidden);
                        with.insert(kind(hidden));
                    } else {
                        value.extend([one, hidden]);
                        without.insert(kind(one));
                    }
                    end = value.len();
                    // This is not a blank before a comment.
                    before = None;
                    continue;
                }
                value.push(one);
                without.insert(kind(one));
                end = value.len();
            }
        }
        before = Some(one);
    }
    value.truncate(end);
    if with.is_disjoint(&without) { Ok(value) } else { Err(Unclear::Both) }
}

fn kind(one: char) -> char {
    match one {
        '\t' => ' ',
        one if QUOTES.contains(one) => '\\',
        one => one,
    }
}

/// Parses bash's `$'…'`. Returns `None` if the result is not UTF-8.
pub(super) fn ansi(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut characters = text.chars().peekable();
    while let Some(one) = characters.next() {
        if one == '\\' {
            escaped(&mut characters, &mut bytes)?;
        } else {
            push(&mut bytes, one);
        }
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// Resolves the characters after a backslash. An unknown escape keeps its backslash.
fn escaped(characters: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) -> Option<()> {
    let Some(one) = characters.next() else {
        bytes.push(b'\\');
        return Some(());
    };
    match one {
        'a' => bytes.push(0x07),
        'b' => bytes.push(0x08),
        'e' | 'E' => bytes.push(0x1b),
        'f' => bytes.push(0x0c),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(0x0b),
        '\\' | '\'' | '"' | '?' => push(bytes, one),
        'c' => bytes.push(u8::try_from(characters.next()?).ok()? & 0x1f),
        '0'..='7' => {
            let first = one.to_digit(8)?;
            let number = digits(characters, 8, 2).map_or(first, |(rest, count)| (first << (3 * count)) + rest);
            bytes.push(u8::try_from(number & 0xff).ok()?);
        }
        'x' | 'u' | 'U' => {
            let limit = match one {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            match digits(characters, 16, limit) {
                Some((byte, _)) if one == 'x' => bytes.push(u8::try_from(byte).ok()?),
                Some((point, _)) => push(bytes, char::from_u32(point)?),
                None => bytes.extend([b'\\', u8::try_from(one).ok()?]),
            }
        }
        other => {
            bytes.push(b'\\');
            push(bytes, other);
        }
    }
    Some(())
}

/// Parses a number of at most `limit` digits, and returns it with the number of digits.
fn digits(characters: &mut Peekable<Chars<'_>>, base: u32, limit: u32) -> Option<(u32, u32)> {
    let (mut number, mut count) = (0_u32, 0);
    while count < limit
        && let Some(digit) = characters.peek().and_then(|one| one.to_digit(base))
    {
        characters.next();
        number = number.wrapping_mul(base).wrapping_add(digit);
        count += 1;
    }
    (count > 0).then_some((number, count))
}

fn push(bytes: &mut Vec<u8>, one: char) {
    bytes.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
}
