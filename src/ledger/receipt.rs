//! Receipts: a proof that a record is in the ledger, to be kept by its owner, so that nobody can
//! deny the record later (C2SP tlog-proof, <https://c2sp.org/tlog-proof>).

use super::checkpoint::read_number;
use super::merkle::{BadProof, verify_inclusion};
use super::{BadCheckpoint, Checkpoint, Hash, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

const HEADING: &str = "c2sp.org/tlog-proof@v1";
const RECORD: &str = "extra ";
const INDEX: &str = "index ";
/// No tree has more levels.
const MOST_HASHES: usize = 64;

/// The proof that a record is in the ledger. Checking it needs only the log's public key.
///
/// As text, conventionally in a file whose name ends in `.tlog-proof`:
///
/// ```text
/// c2sp.org/tlog-proof@v1
/// extra AQAAAA…                   the record's canonical bytes, where the receipt carries them
/// index 73894                     its place in the ledger, from zero
/// gSKyXoYZUgZ6jduWYrkDOARinOMG…   the hashes beside its way up to the root
/// …
///
/// ledger.example.com              the checkpoint, as the log signed it
/// 109482
/// sFodV/vSp5O8n9a8QpW6PRY97tfO…
///
/// — ledger.example.com hI2DJw…
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's [canonical bytes](super::AuditEntry::canonical_bytes), or `None` if the
    /// verifier has the record.
    pub record: Option<Vec<u8>>,
    /// The record's position in the ledger, starting at zero.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

/// Why a receipt is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// The text is not a receipt in canonical form.
    #[error("not a receipt")]
    Malformed,
    /// The receipt contains a different record.
    #[error("the receipt is that of another record")]
    OtherRecord,
    /// The checkpoint is not valid.
    #[error(transparent)]
    Checkpoint(#[from] BadCheckpoint),
    /// The record is not in the checkpoint's tree.
    #[error("the record is not in the checkpoint's tree: {0}")]
    Proof(#[from] BadProof),
}

impl Receipt {
    /// Parses a receipt as [`Display`](fmt::Display) formats it. Nothing in it is trusted until
    /// [`Receipt::verify`] succeeds.
    ///
    /// Returns an error for any other text.
    pub fn parse(text: &str) -> Result<Self, BadReceipt> {
        Self::read(text).ok_or(BadReceipt::Malformed)
    }

    fn read(text: &str) -> Option<Self> {
        let (above, checkpoint) = text.split_once("\n\n")?;
        let mut lines = above.split('\n').peekable();
        if lines.next()? != HEADING {
            return None;
        }
        let record = match lines.next_if(|line| line.starts_with(RECORD)) {
            Some(line) => Some(STANDARD.decode(&line[RECORD.len()..]).ok()?),
            None => None,
        };
        let index = read_number(lines.next()?.strip_prefix(INDEX)?)?;
        // One more than allowed is read to detect too many.
        let proof: Vec<Hash> = lines.take(MOST_HASHES + 1).map(Hash::parse).collect::<Result<_, _>>().ok()?;
        (proof.len() <= MOST_HASHES).then(|| Self { record, index, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Verifies that the log of this key contains the record with these canonical bytes, and
    /// returns the checkpoint.
    ///
    /// Returns an error if the receipt does not prove that.
    pub fn verify(&self, record: &[u8], verifier: &Verifier) -> Result<Checkpoint, BadReceipt> {
        if self.record.as_deref().is_some_and(|own| own != record) {
            return Err(BadReceipt::OtherRecord);
        }
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier)?;
        verify_inclusion(Hash::of_leaf(record), self.index, checkpoint.size, &self.proof, checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{HEADING}")?;
        if let Some(record) = &self.record {
            writeln!(out, "{RECORD}{}", STANDARD.encode(record))?;
        }
        writeln!(out, "{INDEX}{}", self.index)?;
        for hash in &self.proof {
            writeln!(out, "{hash}")?;
        }
        write!(out, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::canonical::tests::full;
    use super::super::key::tests::signer;
    use super::super::merkle::{Frontier, inclusion_proof};
    use super::*;
    use crate::ledger::AuditEntry;
    use std::collections::BTreeMap;

    const LOG: &str = "ledger.example.com";

    fn record(number: u64) -> Vec<u8> {
        AuditEntry { request: number.to_string(), ..full() }.canonical_bytes()
    }

    /// Returns the receipt of one of 11 records.
    fn receipt(index: u64) -> Receipt {
        let (mut frontier, mut kept) = (Frontier::new(), BTreeMap::new());
        for number in 0..11 {
            kept.extend(frontier.append(Hash::of_leaf(&record(number))));
        }
        let signer = signer(LOG);
        let origin = signer.verifier().name().clone();
        let checkpoint = Checkpoint { origin, size: frontier.size(), root: frontier.root() }.sign(&signer);
        Receipt { record: None, index, proof: inclusion_proof(index, 11, &kept).unwrap(), checkpoint }
    }

    fn complete(index: u64) -> Receipt {
        Receipt { record: Some(record(index)), ..receipt(index) }
    }

    #[test]
    fn a_receipt_is_read_back_from_its_text_and_proves_its_record() {
        for index in 0..11 {
            for receipt in [receipt(index), complete(index)] {
                let read = Receipt::parse(&receipt.to_string());
                assert_eq!(read, Ok(receipt));
                let checkpoint = read.unwrap().verify(&record(index), signer(LOG).verifier()).unwrap();
                assert_eq!(checkpoint.size, 11);
            }
        }
    }

    #[test]
    fn the_text_is_that_of_the_standard() {
        let hash = Hash::of_nothing();
        let checkpoint = "ledger.example.com\n1\n…\n\n— …\n".to_owned();
        let bare = Receipt { record: None, index: 73_894, proof: vec![hash; 2], checkpoint };
        let below = format!("index 73894\n{hash}\n{hash}\n\nledger.example.com\n1\n…\n\n— …\n");
        assert_eq!(bare.to_string(), format!("c2sp.org/tlog-proof@v1\n{below}"));
        let with_record = Receipt { record: Some(b"record".to_vec()), ..bare };
        assert_eq!(with_record.to_string(), format!("c2sp.org/tlog-proof@v1\nextra cmVjb3Jk\n{below}"));
    }

    #[test]
    fn a_receipt_proves_no_other_record_place_or_log() {
        let key = signer(LOG);
        let verified = |receipt: &Receipt, record: &[u8]| receipt.verify(record, key.verifier()).map(|_| ());
        assert_eq!(verified(&receipt(3), &record(3)), Ok(()));
        assert_eq!(verified(&receipt(3), &record(4)), Err(BadProof::Root.into()));
        assert_eq!(verified(&complete(3), &record(4)), Err(BadReceipt::OtherRecord));
        let moved = Receipt { index: 4, ..receipt(3) };
        assert_eq!(verified(&moved, &record(3)), Err(BadProof::Root.into()));
        let outside = Receipt { index: 11, ..receipt(3) };
        assert_eq!(verified(&outside, &record(3)), Err(BadProof::Outside.into()));
        let enlarged = Receipt { checkpoint: receipt(3).checkpoint.replace("\n11\n", "\n12\n"), ..receipt(3) };
        let forged = BadCheckpoint::Note(super::super::BadNote::BadSignature);
        assert_eq!(verified(&enlarged, &record(3)), Err(forged.into()));
        let other = receipt(3).verify(&record(3), signer("other.example.com").verifier());
        assert_eq!(other, Err(BadCheckpoint::Note(super::super::BadNote::NotSigned).into()));
    }

    #[test]
    fn a_receipt_has_one_spelling() {
        let good = complete(3).to_string();
        assert!(Receipt::parse(&good).is_ok());
        let hash = Hash::of_nothing().to_string();
        for bad in [
            String::new(),
            good.replace("@v1", "@v2"),
            good.replace("extra ", "extra  "),
            good.replace("extra ", "Extra "),
            good.replace("index 3", "index 03"),
            good.replace("index 3", "index +3"),
            good.replace("index 3", "index 3 "),
            good.replace("index 3\n", ""),
            good.replace("index 3\n", "index 3\nindex 3\n"),
            good.replace("index 3\n", "index 3\nextra AAAA\n"),
            good.replace("index 3\n", "index 3\nAAAA\n"),
            good.replace("index 3\n", &format!("index 3\n{}", format!("{hash}\n").repeat(MOST_HASHES + 1))),
            good.replace('\n', "\r\n"),
            format!("\n{good}"),
            good.split("\n\n").next().unwrap().to_owned(),
        ] {
            assert_eq!(Receipt::parse(&bad), Err(BadReceipt::Malformed), "{bad}");
        }
    }
}
