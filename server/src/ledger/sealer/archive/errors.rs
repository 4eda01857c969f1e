//! Why records stay in the database.

use crate::ledger::sealer::offline::ExportError;
use crate::ledger::sealer::segment_file::BadSegment;
use crate::ledger::sealer::verify::Tampering;
use doorward::guard::Unavailable;
use std::path::PathBuf;

/// Why no more records are archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Held {
    #[error("the next segment is not full yet")]
    Incomplete,
    #[error("the next segment has younger records")]
    Young,
    #[error("the search's index does not have the next segment yet")]
    NotIndexed,
    #[error("the receiver of forwarded records has not taken the next segment yet")]
    NotForwarded,
}

/// Why archiving failed. What was not removed is still in the database.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    #[error("the database did not answer")]
    Unavailable,
    /// Records are not as they were sealed, or the tree is not the one that was signed.
    #[error("nothing leaves a ledger that is not whole: {0}")]
    Tampering(#[from] Tampering),
    #[error("{0} cannot be written")]
    Write(PathBuf, #[source] std::io::Error),
    /// What was written reads back as something else, or another file has its name.
    #[error("nothing was removed: {0} {1}")]
    Segment(String, BadSegment),
}

impl From<Unavailable> for ArchiveError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl From<ExportError> for ArchiveError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Tampering(tampering) => Self::Tampering(tampering),
            ExportError::Unavailable => Self::Unavailable,
            ExportError::Write(cause) => Self::Write(PathBuf::from("a segment"), cause),
        }
    }
}
