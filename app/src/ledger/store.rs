//! The ledger's records, as auditors and the people they are about read them.

use crate::backend::{Permit, StoreError, Unit};
use crate::identities::store::Named;
use crate::ledger::policy;
use async_trait::async_trait;
use doorward::action::Facts;
use doorward::guard::{LoadFacts, Pending};
use doorward::ledger::{AuditEntry, Outcome, PolicyRows};
use doorward::{Environment, Environments, IdentityId, Principal, Reason, RecordId, Timestamp};

/// Records on one page of the list.
pub const PAGE_ROWS: u32 = 50;

/// Records that are read at a time for a file.
pub const BATCH_ROWS: u32 = 1000;

/// Returns what the person whom a refusal is about is shown of it: the same as if there were no such thing.
#[must_use]
pub fn for_the_refused(entry: AuditEntry) -> AuditEntry {
    let (hidden, none) = (Reason::Hidden.code(), Reason::NoSuchRecord.code());
    let code = if entry.code == hidden { none.to_owned() } else { entry.code };
    AuditEntry { code, environment: None, resource_name: None, ..entry }
}

/// A search of the ledger that somebody keeps.
#[derive(Clone, Debug)]
pub struct KeptSearch {
    /// Its name.
    pub name: String,
    /// The search as the query of an address.
    pub query: String,
}

/// Why a search is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// There are as many as somebody may keep.
    #[error("there are as many searches as somebody may keep")]
    Full,
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many decisions of one sort an hour had.
#[derive(Clone, Debug)]
pub struct DecisionCount {
    /// When the hour begins.
    pub from: Timestamp,
    /// The action's name.
    pub action: String,
    /// The environment of what it was about, or an empty text.
    pub environment: String,
    /// Whether they were allowed.
    pub allowed: bool,
    /// What became of them; `None` if that was not recorded.
    pub outcome: Option<Outcome>,
    /// The reason or the grounds, as a code.
    pub code: String,
    /// How many.
    pub many: i64,
}

/// What was counted for somebody.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The counts.
    pub counts: Vec<DecisionCount>,
    /// The environments, in their order.
    pub environments: Vec<Environment>,
    /// Of which records they are.
    pub scope: Environments,
}

/// Where a record stands in the sealed ledger, and the proof of it.
#[derive(Clone, Debug)]
pub struct Seal {
    /// Its place, from zero.
    pub place: u64,
    /// How many records are sealed.
    pub size: u64,
    /// The proof as a text (C2SP, tlog-proof): whoever has it and the public key needs nothing else. `None` for a person who
    /// may not see all of the record: the proof has all of it, or is a test of guesses about it.
    pub proof: Option<String>,
}

/// A file that records left the database for.
#[derive(Clone, Debug)]
pub struct ArchivedSegment {
    /// Its name.
    pub file: String,
    /// When the earliest of its records was decided.
    pub from: Timestamp,
    /// When the latest of them was decided.
    pub until: Timestamp,
}

/// The grant behind a decision, as far as it is known.
#[derive(Clone, Debug)]
pub struct GrantBehind {
    /// The sign-in name of the person who gave it.
    pub by: Option<String>,
    /// When it was given.
    pub at: Timestamp,
    /// When it ends, or `None` if it has no end.
    pub until: Option<Timestamp>,
    /// The record of the share.
    pub record: Option<RecordId>,
}

/// What explains a decision beyond its record.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// The grant, if the decision was made by one.
    pub grant: Option<GrantBehind>,
    /// The roles by which the same person would have the permission now, and the present version of the policy.
    pub now: Option<PolicyRows>,
}

/// Where one record is.
#[derive(Clone, Debug)]
pub enum FoundRecord {
    /// In the database; with its seal, once it has one.
    Here(Box<AuditEntry>, Option<Seal>, Why),
    /// In one of these files, or nowhere: records of its time left the database.
    Archived(Vec<ArchivedSegment>),
}

/// What decides about a record.
#[derive(Clone, Debug, Default)]
pub struct RecordFacts {
    /// Whom it is about; nobody where no session counted, or it may have left the database.
    pub identity: Option<IdentityId>,
    /// The environment of what it was about; nothing where that belongs to none, or the record may have left.
    pub environment: Option<Environment>,
}

impl Facts for RecordFacts {
    type Key = RecordId;
}

impl LoadFacts<dyn Unit> for RecordFacts {
    fn load<'a>(unit: &'a mut (dyn Unit + 'static), key: &'a RecordId, _: &'a Principal) -> Pending<'a, Option<Self>> {
        unit.record_facts(key)
    }
}

/// What a search found, for the page of the list.
pub struct SearchPage {
    /// The records of the page.
    pub rows: Vec<AuditEntry>,
    /// Whether there are more.
    pub more: bool,
    /// The searches that whoever looks has kept, by name.
    pub kept: Vec<KeptSearch>,
    /// Of which records the search is.
    pub scope: Environments,
    /// The environments that the form suggests.
    pub environments: Vec<Environment>,
    /// The people that the form suggests.
    pub people: Vec<Named>,
}

/// New records that one look found, the newest first.
pub struct Tail {
    /// Those that were not shown yet.
    pub rows: Vec<AuditEntry>,
    /// From where the next look begins: some records of the same time become readable after others.
    pub after: RecordId,
    /// The newest record that was looked at.
    pub newest: Option<RecordId>,
    /// Whether some records since the last look are not among them.
    pub skipped: bool,
}

/// Reads of the ledger. Nothing in Doorward writes to a record that stands.
#[async_trait]
pub trait Records: Send + Sync {
    /// The records that a search finds, the newest first, and the searches that whoever looks has kept.
    async fn records(&self, permit: Permit<policy::ReadLedger>) -> Result<SearchPage, StoreError>;

    /// Keeps a search for whoever asks.
    async fn keep_search(&self, permit: Permit<policy::KeepSearch>) -> Result<(), KeepError>;

    /// Keeps one no longer.
    async fn drop_search(&self, permit: Permit<policy::DropSearch>) -> Result<(), StoreError>;

    /// How many decisions there were, by hour, over the time that the permit names.
    async fn counts(&self, permit: Permit<policy::CountDecisions>) -> Result<Counts, StoreError>;

    /// The records that were written lately, but for those that the permit's action says were shown already.
    async fn tail(&self, permit: Permit<policy::FollowLedger>) -> Result<Tail, StoreError>;

    /// A batch of them for a file.
    async fn export_records(&self, permit: Permit<policy::ExportLedger>) -> Result<Vec<AuditEntry>, StoreError>;

    /// One record, or where it may have left for.
    async fn record(&self, permit: Permit<policy::ReadRecord>) -> Result<FoundRecord, StoreError>;
}
