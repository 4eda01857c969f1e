//! Downloads: addresses that answer with a file, read and sent batch by batch.

use crate::page::context::request;
use crate::page::streamed::batch::{Batches, Chunk, Reading, first};
use doorward::Timestamp;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Comma-separated values (RFC 4180), with a header.
    Csv,
    /// One JSON object a line.
    NdJson,
    /// The proof of one record (C2SP tlog-proof).
    Proof,
}

impl FileKind {
    /// The ending of its name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::NdJson => "ndjson",
            Self::Proof => "tlog-proof",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::NdJson => "application/x-ndjson",
            Self::Proof => "text/plain; charset=utf-8",
        }
    }
}

/// The name of a file: plain letters, a date, an ending; nothing that a header or a file system could misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// What kind of file it is.
    pub kind: FileKind,
    text: String,
}

impl FileName {
    /// `words` joined by `-`, with the day of `now`.
    #[must_use]
    pub fn new(words: &[&str], now: Timestamp, kind: FileKind) -> Self {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let words: Vec<String> = words
            .iter()
            .filter(|word| !word.is_empty())
            .map(|word| word.chars().take(64).map(plain).collect())
            .collect();
        Self { kind, text: format!("{}-{}.{}", words.join("-"), day(now), kind.ending()) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn day(at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).ok();
    time.and_then(|time| time.format(DAY).ok()).unwrap_or_default()
}

/// An address that answers with a file. Its first batch has the file's header.
pub trait Download: Batches {
    /// The file's name.
    fn file(&self, now: Timestamp) -> FileName;
}

/// A download that was allowed.
pub struct Started {
    /// The file's name.
    pub file: FileName,
    /// Its first part.
    pub first: Chunk,
}

/// How a download is started.
pub type Start = fn() -> Reading<Started>;

/// Starts the download `D` at the address that was asked for. Its first batch is decided and read before the answer.
#[must_use]
pub fn download<D: Download>() -> Reading<Started> {
    Box::pin(async {
        let now = request::<D::Site>()?.asked.now;
        let (download, first) = first::<D>().await?;
        Ok(Started { file: download.file(now), first })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe_in_a_header_and_in_a_folder() {
        let name = FileName::new(&["secrets", "../\"x\r\n", ""], Timestamp(1_795_387_571_000), FileKind::Csv);
        assert_eq!(name.as_str(), "secrets-----x---2026-11-22.csv");
    }
}
