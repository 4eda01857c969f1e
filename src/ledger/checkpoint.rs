//! Checkpoints: the size and the root hash of the tree, signed by the log (C2SP tlog-checkpoint,
//! <https://c2sp.org/tlog-checkpoint>).

use super::{BadNote, Hash, LogName, Signer, Verifier};
use std::fmt;

/// A log's signed statement about its records at one point in time. A log must never sign two
/// different checkpoints of the same size, nor one whose records are not a prefix of the next
/// one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: LogName,
    /// The number of records.
    pub size: u64,
    /// The root hash of the tree over them.
    pub root: Hash,
}

/// Why a checkpoint is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// The signature is missing or not valid.
    #[error("the checkpoint does not count: {0}")]
    Note(#[from] BadNote),
    /// The log's key signed the text, but it is not a checkpoint.
    #[error("the signed text is no checkpoint")]
    Malformed,
    /// The key signed a checkpoint of another log.
    #[error("the checkpoint is that of another log")]
    OtherLog,
}

impl Checkpoint {
    /// Returns the checkpoint as signed text.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> String {
        signer.sign(&self.to_string())
    }

    /// Verifies and parses a checkpoint that the log of this key signed for itself. Other
    /// signatures, such as those of witnesses, and extension lines are ignored.
    ///
    /// # Errors
    /// If the key's signature is missing, repeated or not valid, or if the text is not a checkpoint
    /// in canonical form.
    pub fn open(text: &str, verifier: &Verifier) -> Result<Self, BadCheckpoint> {
        let checkpoint = Self::read(verifier.open(text)?).ok_or(BadCheckpoint::Malformed)?;
        if checkpoint.origin == *verifier.name() { Ok(checkpoint) } else { Err(BadCheckpoint::OtherLog) }
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = LogName::parse(lines.next()?).ok()?;
        let size = read_number(lines.next()?)?;
        let root = Hash::parse(lines.next()?).ok()?;
        lines.all(|extension| !extension.is_empty()).then_some(Self { origin, size, root })
    }
}

/// Formats the text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

/// Parses a decimal number without sign and leading zeros.
pub(super) fn read_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::super::key::tests::signer;
    use super::*;
    use proptest::prelude::*;

    const LOG: &str = "example.com/behind-the-sofa";
    /// The example of the standard.
    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn example() -> Checkpoint {
        let root = Hash::parse("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=").unwrap();
        Checkpoint { origin: LogName::parse(LOG).unwrap(), size: 20_852_163, root }
    }

    #[test]
    fn the_text_is_that_of_the_standard() {
        assert_eq!(example().to_string(), EXAMPLE);
        assert_eq!(Checkpoint::read(EXAMPLE), Some(example()));
    }

    #[test]
    fn what_the_log_signed_opens_with_its_key_alone() {
        let signed = example().sign(&signer(LOG));
        assert_eq!(Checkpoint::open(&signed, signer(LOG).verifier()), Ok(example()));
        let stranger = signer("example.com/other");
        assert_eq!(Checkpoint::open(&signed, stranger.verifier()), Err(BadNote::NotSigned.into()));
        assert_eq!(Checkpoint::open(EXAMPLE, signer(LOG).verifier()), Err(BadNote::Malformed.into()));
    }

    #[test]
    fn the_signature_of_a_witness_changes_nothing() {
        let witness = example().sign(&signer("witness.example.com/w1"));
        let (_, cosigned) = witness.split_once("\n\n").unwrap();
        let signed = example().sign(&signer(LOG)) + cosigned;
        assert_eq!(Checkpoint::open(&signed, signer(LOG).verifier()), Ok(example()));
    }

    #[test]
    fn a_key_counts_for_its_own_log_only() {
        let signed = example().sign(&signer("example.com/other"));
        let opened = Checkpoint::open(&signed, signer("example.com/other").verifier());
        assert_eq!(opened, Err(BadCheckpoint::OtherLog));
    }

    #[test]
    fn lines_of_extensions_are_ignored() {
        let signed = signer(LOG).sign(&format!("{EXAMPLE}more\nand more\n"));
        assert_eq!(Checkpoint::open(&signed, signer(LOG).verifier()), Ok(example()));
    }

    #[test]
    fn a_checkpoint_has_one_spelling_even_where_it_is_signed() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for text in [
            format!("{LOG}\n7\n"),
            format!("\n7\n{root}\n"),
            format!("a log\n7\n{root}\n"),
            format!("{LOG}\n\n{root}\n"),
            format!("{LOG}\n07\n{root}\n"),
            format!("{LOG}\n+7\n{root}\n"),
            format!("{LOG}\n-7\n{root}\n"),
            format!("{LOG}\n7 \n{root}\n"),
            format!("{LOG}\n0x7\n{root}\n"),
            format!("{LOG}\n18446744073709551616\n{root}\n"),
            format!("{LOG}\n7\n{}\n", root.trim_end_matches('=')),
            format!("{LOG}\n7\n{root}{root}\n"),
            format!("{LOG}\n7\nAAAA\n"),
            format!("{LOG}\n7\n{root}\n\n"),
            format!("{LOG}\n7\n{root}\n\nmore\n"),
        ] {
            let opened = Checkpoint::open(&signer(LOG).sign(&text), signer(LOG).verifier());
            assert_eq!(opened, Err(BadCheckpoint::Malformed), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_signed_is_what_opens(size: u64, root: [u8; 32]) {
            let checkpoint = Checkpoint { size, root: Hash(root), ..example() };
            let opened = Checkpoint::open(&checkpoint.sign(&signer(LOG)), signer(LOG).verifier());
            prop_assert_eq!(opened, Ok(checkpoint));
        }
    }
}
