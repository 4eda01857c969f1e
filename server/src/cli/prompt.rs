//! Questions on the terminal. If the standard input is no terminal, a flag is needed instead.

use doorward::SecretText;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Read, Stdin, Write, stdin};
use zeroize::Zeroizing;

/// The longest line that is read as a password.
const LONGEST: usize = 16 * 1024;

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// There is nobody to ask.
    #[error("standard input is not a terminal, so nothing can be asked: give {0}")]
    NoTerminal(&'static str),
    /// The terminal was closed, or somebody pressed Ctrl-C.
    #[error("no answer was given")]
    NoAnswer,
    /// The two passwords differ.
    #[error("the two passwords are not the same")]
    NotTheSame,
    /// The input ended before a password came.
    #[error("no password was given: write it as the first line of standard input")]
    NoPassword,
}

/// Asks for a yes; everything else is a no.
///
/// # Errors
/// If the standard input is no terminal.
pub(crate) fn confirm(question: &str) -> Result<bool, PromptError> {
    let input = stdin();
    if !input.is_terminal() {
        return Err(PromptError::NoTerminal("--yes"));
    }
    say(&format!("{question} [y/N] "));
    let mut line = String::new();
    input.lock().read_line(&mut line).map_err(|_| PromptError::NoAnswer)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Asks for a new password twice, without showing it.
///
/// # Errors
/// If the standard input is no terminal, or nothing or two different passwords are typed.
pub(crate) fn new_password() -> Result<SecretText, PromptError> {
    ask_silently("Password", true, "--password-stdin, and the password as a line on it")
}

/// Asks for a new value without showing it, once: it is often pasted.
///
/// # Errors
/// As [`new_password`].
pub(crate) fn new_value() -> Result<SecretText, PromptError> {
    ask_silently("New value", false, "the value on standard input")
}

/// Asks for a passphrase without showing it, twice if it is a new one.
///
/// # Errors
/// As [`new_password`].
pub(crate) fn passphrase(is_new: bool) -> Result<SecretText, PromptError> {
    ask_silently("Passphrase", is_new, "--passphrase-file or --recovery-key")
}

fn ask_silently(what: &str, twice: bool, otherwise: &'static str) -> Result<SecretText, PromptError> {
    let input = stdin();
    if !input.is_terminal() {
        return Err(PromptError::NoTerminal(otherwise));
    }
    let silent = Silent::begin(&input).ok_or(PromptError::NoAnswer)?;
    say(&format!("{what} (it is not shown): "));
    let first = silent.line()?;
    if twice {
        say("\nThe same again: ");
        let second = silent.line()?;
        if first.as_slice() != second.as_slice() {
            say("\n");
            return Err(PromptError::NotTheSame);
        }
    }
    say("\n");
    text(&first)
}

/// Reads a password from the first line of the standard input, whatever that is.
///
/// # Errors
/// If there is none.
pub(crate) fn password_from_input() -> Result<SecretText, PromptError> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let read = stdin().lock().take(LONGEST as u64).read_until(b'\n', &mut line);
    read.map_err(|_| PromptError::NoPassword)?;
    let end = line.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    text(&line[..end])
}

fn text(bytes: &[u8]) -> Result<SecretText, PromptError> {
    let text = std::str::from_utf8(bytes).map_err(|_| PromptError::NoPassword)?;
    SecretText::new(text.to_owned()).map_err(|_| PromptError::NoPassword)
}

/// Questions go to the standard error stream: the standard output may be a file.
fn say(text: &str) {
    eprint!("{text}");
    let _ = std::io::stderr().flush();
}

/// A terminal that shows nothing of what is typed, until this is dropped. It sends no signals either, so that Ctrl-C
/// cannot end the program before the terminal is set right again.
struct Silent<'a> {
    input: &'a Stdin,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn begin(input: &'a Stdin) -> Option<Self> {
        let before = tcgetattr(input).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(input, OptionalActions::Flush, &silent).ok()?;
        Some(Self { input, before })
    }

    /// A line as it is typed, with the keys that a terminal usually knows for corrections.
    fn line(&self) -> Result<Zeroizing<Vec<u8>>, PromptError> {
        const CTRL_C: u8 = 3;
        const CTRL_D: u8 = 4;
        const CTRL_U: u8 = 21;
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        loop {
            let mut key = [0];
            if rustix::io::read(self.input, &mut key) != Ok(1) {
                return Err(PromptError::NoAnswer);
            }
            match key[0] {
                b'\n' | b'\r' => return Ok(line),
                CTRL_C | CTRL_D => return Err(PromptError::NoAnswer),
                CTRL_U => line.clear(),
                0x7f | 0x08 => remove_character(&mut line),
                byte if line.len() < LONGEST => line.push(byte),
                _ => {}
            }
        }
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.input, OptionalActions::Now, &self.before);
    }
}

/// Removes the last character, which UTF-8 may have written in several bytes.
fn remove_character(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backspace_removes_a_whole_character() {
        let mut line = "aé€".as_bytes().to_vec();
        remove_character(&mut line);
        assert_eq!(line, "aé".as_bytes());
        remove_character(&mut line);
        remove_character(&mut line);
        remove_character(&mut line);
        assert!(line.is_empty());
    }
}
