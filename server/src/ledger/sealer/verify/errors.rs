//! What a check of the ledger can find.

use crate::ledger::sealer::segment_file::BadSegment;
use doorward::guard::Unavailable;
use doorward::ledger::BadCheckpoint;

/// The first thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    #[error("record {1} at place {0} was changed after it was sealed")]
    Changed(u64, String),
    #[error("record {1} at place {0} was taken away")]
    Gone(u64, String),
    /// A place of the sealed order is missing, with every record after it, or some.
    #[error("place {0} of the sealed order is missing")]
    Gap(u64),
    #[error("{0} records were added without being sealed")]
    Added(i64),
    #[error("the first {0} records are not the ones that the checkpoint was signed for")]
    OtherRecords(u64),
    #[error("the checkpoint was signed for {signed} records, and there are {there}")]
    Truncated {
        /// How many it says.
        signed: u64,
        /// The number of records.
        there: u64,
    },
    /// The database's own checkpoint was signed for fewer records than it says that there are.
    #[error("the database's own checkpoint was signed for {signed} records, and it says that there are {there}")]
    NotSigned {
        /// How many were signed.
        signed: u64,
        /// How many it says.
        there: u64,
    },
    #[error("{0}")]
    Checkpoint(#[from] BadCheckpoint),
    /// The rows about archived segments do not follow each other, or not as segments are cut.
    #[error("what the database says of archived segments cannot be, from place {0} on")]
    Segments(u64),
    /// Records of an archived segment are still there, though they are said to be removed.
    #[error("{0} records are in the database that are said to have left it")]
    LeftBehind(u64),
    #[error("the archived segment {0} {1}")]
    Segment(String, BadSegment),
}

/// Why the check of a ledger failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Tampering(#[from] Tampering),
    /// A checkpoint was signed for a part of an archived segment, so that its hash alone does not tell.
    #[error("the checkpoint for {0} records is within an archived segment; name the archive's folder with --archive")]
    NeedsArchive(u64),
    /// A checkpoint was signed by a log that ended, for records that the log which followed it does not have.
    #[error(
        "the checkpoint was signed for {signed} records by a log that ended; the log after it began with {kept} of them, \
         and has none of the others"
    )]
    Restarted {
        /// For how many it was signed.
        signed: u64,
        /// How many the next log began with.
        kept: u64,
    },
    #[error("the database did not answer")]
    Unavailable,
}

impl From<Unavailable> for VerifyError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}
