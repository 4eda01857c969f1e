//! The contents of a backup: lines of JSON, compressed with zstd.
//!
//! The first line says what the backup is of. Then, for each table, come a line with its columns and
//! a line for each row. The last line counts the rows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};
use zeroize::Zeroizing;

pub const FORMAT: u32 = 1;
/// A line is longer only in a file that no version of Doorward wrote.
const LONGEST_LINE: u64 = 64 << 20;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Line {
    Head(Head),
    Table(Table),
    Row(Vec<Cell>),
    End(End),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub format: u32,
    /// The program's version, for people.
    pub version: String,
    /// The newest migration of the database.
    pub schema: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The vault's key file, if it was asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Hidden>,
}

/// The text of a file, which is wiped from memory.
#[derive(Clone, Serialize, Deserialize)]
pub struct Hidden(pub Zeroizing<String>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub table: String,
    pub columns: Vec<(String, Kind)>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Integer,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes {
        /// In base64.
        bytes: String,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    pub rows: u64,
}

impl Cell {
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::Bytes { bytes: STANDARD.encode(bytes) }
    }

    /// Returns the bytes, or `None` if this is no base64.
    pub fn bytes(text: &str) -> Option<Vec<u8>> {
        STANDARD.decode(text).ok()
    }
}

/// Reads one line, or `None` at the end.
pub fn read_line(from: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut text = Zeroizing::new(Vec::new());
    let length = from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut text)?;
    if length == 0 {
        return Ok(None);
    }
    serde_json::from_slice(&text).map(Some).map_err(io::Error::from)
}
