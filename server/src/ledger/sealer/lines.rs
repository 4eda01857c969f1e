//! Reads the lines of a file of records. The file may come from anybody, so lines and file have a
//! maximum size.

use crate::ledger::sealer::offline::CheckError;
use std::io::{BufRead, Read as _};

/// The longest line. A record has names and reasons of limited length and a query of at most 64
/// KiB.
pub(crate) const LONGEST: u64 = 1 << 20;
/// The largest average size of a record.
const AVERAGE: u64 = 1 << 16;

/// The lines of a file within the limits. A compressed file is decompressed no further.
pub(crate) struct Lines<R> {
    text: R,
    number: u64,
    /// The number of bytes that may still come.
    left: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the lines of a file that should hold this many records.
    pub(crate) const fn of(text: R, records: u64) -> Self {
        Self { text, number: 0, left: LONGEST.saturating_add(records.saturating_mul(AVERAGE)) }
    }

    fn read(&mut self) -> Result<Option<String>, CheckError> {
        let (mut line, most) = (Vec::new(), LONGEST.min(self.left));
        // Reading one byte more than allowed shows whether there is more.
        let read = self.text.by_ref().take(most + 1).read_until(b'\n', &mut line)? as u64;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read > most {
            return Err(if most == LONGEST { CheckError::LongLine(self.number) } else { CheckError::TooLarge });
        }
        self.left -= read;
        while line.last().is_some_and(|last| b"\r\n".contains(last)) {
            line.pop();
        }
        String::from_utf8(line).map(Some).map_err(|_| CheckError::Line(self.number))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<String, CheckError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], records: u64) -> Vec<Result<String, String>> {
        // An error ends it.
        let mut ended = false;
        let lines = Lines::of(text, records).take_while(|line| !std::mem::replace(&mut ended, line.is_err()));
        lines.map(|line| line.map_err(|error| error.to_string())).collect()
    }

    #[test]
    fn lines_are_read_as_they_are_written() {
        let lines = |text: &str| read(text.as_bytes(), 1).into_iter().collect::<Result<Vec<_>, _>>();
        assert_eq!(lines(""), Ok(Vec::new()));
        assert_eq!(lines("a\n\nb"), Ok(vec!["a".to_owned(), String::new(), "b".to_owned()]));
        assert_eq!(lines("a\r\nb\r\n"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert!(read(b"\xff\n", 1)[0].is_err());
    }

    #[test]
    fn a_line_ends_at_its_limit() {
        let longest = usize::try_from(LONGEST).unwrap();
        let fits = [vec![b'a'; longest - 1], b"\n".to_vec()].concat();
        assert!(read(&fits, 1)[0].is_ok());
        let long = vec![b'a'; longest + 1];
        assert_eq!(read(&long, 16), [Err("line 1 is longer than any record".to_owned())]);
    }

    #[test]
    fn a_file_ends_at_its_limit() {
        let many = usize::try_from(LONGEST + 2 * AVERAGE).unwrap() / 4;
        let fits = b"abc\n".repeat(many);
        assert_eq!(read(&fits, 2).len(), many);
        let more = b"abc\n".repeat(many + 1);
        assert!(read(&more, 2).pop().unwrap().unwrap_err().contains("more than the checkpoint's records"));
    }
}
