//! `doorward ledger prove`

use crate::ledger::cli::{LedgerError, ProveRecord, file, public_key};
use app::ui::time::rfc3339_exact;
use doorward::ledger::{AuditEntry, FIELDS, Receipt, Verifier};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The limit for the size of a proof. A record is at most 1 MiB, and base64 adds a third.
const MOST: u64 = 2 << 20;

pub(super) fn record(options: &ProveRecord) -> Result<(), LedgerError> {
    let verifier = public_key(&options.key)?;
    let text = file(&options.file, read(&options.file))?;
    print!("{}", proven(&text, &verifier)?);
    Ok(())
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST).read_to_string(&mut text).map(|_| text)
}

/// Checks a proof, and returns what it proves.
fn proven(text: &str, verifier: &Verifier) -> Result<String, LedgerError> {
    let receipt = Receipt::parse(text)?;
    let bytes = receipt.record.as_deref().ok_or(LedgerError::NoRecord)?;
    let checkpoint = receipt.verify(bytes, verifier)?;
    let entry = AuditEntry::from_canonical_bytes(bytes).ok_or(LedgerError::NoRecord)?;
    let (place, origin) = (receipt.index.saturating_add(1), &checkpoint.origin);
    let mut out = format!("This record is number {place} of the {} that {origin} signed.\n", checkpoint.size);
    for field in FIELDS {
        let value = field.of(&entry).map(|value| value.text(rfc3339_exact)).unwrap_or_default();
        if !value.is_empty() {
            // Debug formatting shows control characters, so that no record forges a line.
            let _ = writeln!(out, "{}: {}", field.column, value.escape_debug());
        }
    }
    Ok(out)
}
