//! Rows of a file, as CSV or as NDJSON. CSV is written here alone, so that every file has the guard against formulas.

use serde::Serialize;
use std::borrow::Cow;
use std::io::Error;

/// Writes rows as CSV (RFC 4180), after a header if there is one.
pub(crate) fn csv_rows<T: Serialize>(
    header: Option<&[&str]>,
    rows: impl IntoIterator<Item = T>,
) -> Result<Vec<u8>, Error> {
    let mut unguarded = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for row in rows {
        unguarded.serialize(row)?;
    }
    let unguarded = unguarded.into_inner().map_err(|error| error.into_error())?;
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if let Some(header) = header {
        file.write_record(header)?;
    }
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(&*unguarded).into_byte_records() {
        file.write_record(row?.iter().map(|field| harmless(field)))?;
    }
    file.into_inner().map_err(|error| error.into_error())
}

/// Writes rows as NDJSON: one JSON object a line.
pub(crate) fn json_lines<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, &row)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// A spreadsheet runs a field that begins like a formula (CWE-1236), so such a field begins with an apostrophe.
fn harmless(field: &[u8]) -> Cow<'_, [u8]> {
    match field.first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => Cow::Owned([b"'", field].concat()),
        _ => Cow::Borrowed(field),
    }
}

#[cfg(test)]
mod tests {
    use super::csv_rows;

    #[test]
    fn no_field_begins_like_a_formula() {
        let rows = [("=cmd()", "+1", Some("@sum")), ("-2", "\tx", None), ("a=b", "\r=", Some("O, \"o\""))];
        let text = String::from_utf8(csv_rows(Some(&["a", "b", "c"]), rows).unwrap()).unwrap();
        assert_eq!(text, "a,b,c\r\n'=cmd(),'+1,'@sum\r\n'-2,'\tx,\r\na=b,\"'\r=\",\"O, \"\"o\"\"\"\r\n");
    }
}
