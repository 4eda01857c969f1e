//! Writes a backup: one snapshot of every table, while servers serve.

use crate::backup::encrypted::Sealing;
use crate::backup::format::{Cell, End, FORMAT, Head, Hidden, Kind, Line};
use crate::backup::tables::{self, Described};
use crate::backup::unlock::Lock;
use crate::db::transaction::Source;
use crate::db::{self, Database, Engine};
use doorward::Timestamp;
use doorward::guard::Unavailable;
use std::collections::BTreeMap;
use std::io::{self, Write};
use zstd::stream::write::Encoder;

/// How many rows are read at a time.
const ROWS: usize = 500;
/// The same of a table whose rows may be large.
const LARGE_ROWS: usize = 32;
const LEVEL: i32 = 3;
/// The server's limit is meant for requests. PostgreSQL only.
const PATIENT: &str = "set local statement_timeout = 0";

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    #[error("the backup cannot be written")]
    File(#[from] io::Error),
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for DumpError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Writes every table to `out` and returns it with the number of rows. `files` goes along.
pub async fn dump<W: Write>(
    database: &Database,
    out: W,
    lock: &Lock,
    files: BTreeMap<String, Hidden>,
    now: Timestamp,
) -> Result<(W, u64), DumpError> {
    let mut source = Source::snapshot(database).await?;
    if source.engine() == Engine::Postgres {
        source.optional(db::query(PATIENT)).await?;
    }
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let head = Head { format: FORMAT, version, schema: tables::schema(&mut source).await?, at: now.0, files };
    let mut out = Encoder::new(Sealing::begin(out, lock)?, LEVEL)?;
    write(&mut out, &Line::Head(head))?;
    let mut rows = 0;
    for described in tables::all(&mut source).await? {
        write(&mut out, &Line::Table(described.table.clone()))?;
        rows += table(&mut source, &described, &mut out).await?;
    }
    write(&mut out, &Line::End(End { rows }))?;
    Ok((out.finish()?.finish()?, rows))
}

async fn table(source: &mut Source, described: &Described, out: &mut impl Write) -> Result<u64, DumpError> {
    let columns = &described.table.columns;
    let has_bytes = columns.iter().any(|(_, kind)| *kind == Kind::Bytes);
    let batch_rows = if has_bytes && !described.key.is_empty() { LARGE_ROWS } else { ROWS };
    let (mut rows, mut last) = (0, None::<Vec<Cell>>);
    loop {
        let mut statement = db::query(tables::select(described, batch_rows, last.is_some()));
        for (at, cell) in described.key.iter().zip(last.take().unwrap_or_default()) {
            statement = tables::bind(statement, cell, columns[*at].1).ok_or(Unavailable)?;
        }
        let batch = source.all(statement).await?;
        for row in &batch {
            let cells = tables::cells(row, columns)?;
            last = Some(described.key.iter().map(|at| cells[*at].clone()).collect());
            write(out, &Line::Row(cells))?;
            rows += 1;
        }
        // A table without a key was read as a whole.
        if batch.len() < batch_rows || described.key.is_empty() {
            return Ok(rows);
        }
    }
}

fn write(out: &mut impl Write, line: &Line) -> io::Result<()> {
    let mut text = zeroize::Zeroizing::new(serde_json::to_vec(line)?);
    text.push(b'\n');
    out.write_all(&text)
}
