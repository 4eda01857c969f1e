//! Downloads: addresses that answer with a file. Its rows are read and sent batch by batch, so memory stays bounded,
//! and each batch is asked for anew: a session that ends stops what is still under way.

use super::{Address, Loadable, Requested};
use crate::page::context::request;
use crate::page::error::PageError;
use crate::page::permit::{self, Permit};
use crate::ui::time;
use doorward::Timestamp;
use doorward::action::{Action, Read};
use std::future::Future;
use std::pin::Pin;

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Comma-separated values (RFC 4180), with a header.
    Csv,
    /// One JSON object a line.
    NdJson,
    /// An event stream: it is shown and not kept, and waits for what comes.
    Events,
}

impl FileKind {
    /// The ending of its name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::NdJson => "ndjson",
            Self::Events => "events",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::NdJson => "application/x-ndjson",
            Self::Events => "text/event-stream",
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
        Self { kind, text: format!("{}-{}.{}", words.join("-"), time::day(now), kind.ending()) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Some rows, and how to ask for those after them.
pub struct Batch<A> {
    /// The rows as they stand in the file.
    pub bytes: Vec<u8>,
    /// What to ask next; nothing at the end.
    pub next: Option<A>,
}

/// An address that answers with a file.
pub trait Download: Address {
    /// What is asked for each batch.
    type Opens: Action<Effect = Read, Facts: Loadable>;

    /// What is asked first.
    fn opens(&self) -> Self::Opens;

    /// The file's name.
    fn file(&self, now: Timestamp) -> FileName;

    /// Reads the batch that the permit names; the first one has the file's header.
    fn read(&self, permit: Permit<Self::Opens>) -> impl Future<Output = Result<Batch<Self::Opens>, PageError>> + Send;
}

/// A part of a file that is on its way.
pub struct Chunk {
    /// What to send.
    pub bytes: Vec<u8>,
    /// How to get what comes after it.
    pub next: Option<Next>,
}

/// Asks for the next part of a file, in the request's context.
pub type Next = Box<dyn FnOnce() -> Reading<Chunk> + Send>;

/// Something that is being read.
pub type Reading<T> = Pin<Box<dyn Future<Output = Result<T, PageError>> + Send>>;

/// A download that was allowed.
pub struct Started {
    /// The file's name.
    pub file: FileName,
    /// Its first part.
    pub first: Chunk,
}

/// How a download is started.
pub type Start = fn() -> Reading<Started>;

/// Starts the download `D` at the address that was asked for: its first batch is decided and read before the answer.
#[must_use]
pub fn download<D: Download>() -> Reading<Started> {
    Box::pin(async {
        let request = request()?;
        let mut requested = Requested::of::<D>(&request);
        let download = D::at(&mut requested);
        let unreadable = requested.unreadable();
        if let Some(failure) = unreadable {
            return Err(permit::refuse_input(download.opens(), failure).await);
        }
        let permit = permit::permit(download.opens()).await?;
        let file = download.file(request.asked.now);
        Ok(Started { file, first: chunk(download, permit).await? })
    })
}

fn chunk<D: Download>(download: D, permit: Permit<D::Opens>) -> Reading<Chunk> {
    Box::pin(async move {
        let Batch { bytes, next } = download.read(permit).await?;
        let next = next.map(|action| -> Next {
            Box::new(move || {
                Box::pin(async move {
                    let permit = permit::permit(action).await?;
                    chunk(download, permit).await
                })
            })
        });
        Ok(Chunk { bytes, next })
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
