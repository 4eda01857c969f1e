//! The proof of one record, as a file.

use crate::backend::Permit;
use crate::console::request;
use crate::ledger::policy;
use crate::ledger::store::{FoundRecord, Seal};
use crate::page::error::PageError;
use crate::page::{Address, Batch, Batches, Download, FileKind, FileName, Requested};
use doorward::{RecordId, Refusal, RefusalKind, Timestamp};

/// The download.
#[derive(Clone)]
pub struct RecordProof {
    /// Which record.
    pub id: RecordId,
}

impl Address for RecordProof {
    fn at(asked: &mut Requested<'_>) -> Self {
        Self { id: RecordId::parse(asked.segment("id")).unwrap_or(RecordId::NOTHING) }
    }

    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}

impl Download for RecordProof {
    fn file(&self, now: Timestamp) -> FileName {
        FileName::new(&["proof", self.id.as_str()], now, FileKind::Proof)
    }
}

impl Batches for RecordProof {
    type Opens = policy::ReadRecord;

    fn opens(&self) -> policy::ReadRecord {
        policy::ReadRecord { id: self.id }
    }

    async fn read(&self, permit: Permit<policy::ReadRecord>) -> Result<Batch<policy::ReadRecord>, PageError> {
        let none = PageError::Refused(Refusal { answer: RefusalKind::NotFound, record: Some(permit.record()) });
        match request()?.backend.record(permit).await? {
            FoundRecord::Here(_, Some(Seal { proof: Some(proof), .. }), _) => {
                Ok(Batch { bytes: proof.into_bytes(), next: None })
            }
            // Not sealed yet, archived, or not for this person.
            _ => Err(none),
        }
    }
}
