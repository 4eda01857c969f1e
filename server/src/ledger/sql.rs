//! Writes the table `audit`. Records are added and never changed.
//!
//! Decisions that wait at the same time share one transaction, and so one flush to disk.

use crate::clock::since_start;
use crate::db::transaction::Source;
use crate::db::{self, Database, Statement, Transaction, unavailable, write_ahead_log};
use crate::http::floods::{Allowances, Floods};
use crate::ledger::records;
use crate::ledger::row::{self, ADD, ADD_MISSING, COLUMNS, bind};
use crate::observe::metrics::decisions::{Decided, Decisions};
use crate::observe::traces;
use crate::sessions;
use app::access::store::OwnDecision;
use app::ledger::policy::ReadRecord;
use app::ledger::search::{ROUTINE_READS, Routine};
use app::ledger::store::RecordFacts;
use app::secrets::policy::ReadHistory;
use app::secrets::store::HistoryRow;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use doorward::ledger::AuditEntry;
use doorward::{IdentityId, Principal, Randomness, RecordId, SessionId, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::Instrument;

/// The number of decisions that may wait to be written. One more is refused (503).
const QUEUE: usize = 4096;
const BATCH: usize = 256;
/// The pause before a record is written again after a failure.
const AGAIN: Duration = Duration::from_secs(1);

struct Waiting {
    entry: AuditEntry,
    written: oneshot::Sender<()>,
}

enum Work {
    Record(Box<Waiting>),
    /// The record of a transaction that ended without a commit.
    Undone(Box<AuditEntry>),
    Use(SessionId, Timestamp),
}

/// The queue of records to write.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Work>,
    decisions: Decisions,
    /// How long a decision waits for its record to be durable.
    patience: Duration,
    floods: Floods,
    /// Counts ids, so that ids of one millisecond sort in the order of their creation.
    ids: Arc<AtomicU32>,
}

impl Ledger {
    /// Starts the writer task on the current runtime. It ends when the last clone is dropped.
    #[must_use]
    pub fn start(database: Database) -> Self {
        Self::with_allowances(database, Allowances::USUAL)
    }

    /// Like [`Ledger::start`], with other allowances for requests without a session.
    #[must_use]
    pub fn with_allowances(database: Database, allowances: Allowances) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        let (decisions, patience) = (database.decisions().clone(), database.patience().record);
        let weak = sender.downgrade();
        write_ahead_log::keep_short(database.clone(), move || weak.upgrade().is_some());
        tokio::spawn(write_batches(database, queue));
        Self { queue: sender, decisions, patience, floods: Floods::new(allowances), ids: Arc::default() }
    }

    /// Returns a new record id. Ids of the same millisecond, for example of one request, sort in
    /// the order in which they were created.
    #[must_use]
    pub fn new_id(&self, now: Timestamp, random: &dyn Randomness) -> RecordId {
        RecordId::in_order(now, self.ids.fetch_add(1, Ordering::Relaxed), random)
    }

    /// Writes a record and returns when it is durable. Returns an error if the queue is full or the
    /// record is not durable in time.
    pub async fn append(&self, entry: AuditEntry) -> Result<(), Unavailable> {
        let span = traces::decision(&entry);
        self.floods.note(&entry);
        self.wait_until_durable(entry).instrument(span).await
    }

    async fn wait_until_durable(&self, entry: AuditEntry) -> Result<(), Unavailable> {
        let (written, done) = oneshot::channel();
        let began = since_start();
        self.queue.try_send(Work::Record(Box::new(Waiting { entry, written }))).map_err(|_| Unavailable)?;
        timeout(self.patience, done).await.map_err(|_| Unavailable)?.map_err(|_| Unavailable)?;
        self.decisions.waited(since_start().saturating_sub(began));
        Ok(())
    }

    /// Returns the counters of requests without a session.
    #[must_use]
    pub const fn floods(&self) -> &Floods {
        &self.floods
    }

    /// Returns the number of waiting records and the capacity of the queue.
    #[must_use]
    pub fn queue(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most.saturating_sub(self.queue.capacity()), most)
    }

    /// Queues the record of a transaction that ended without a commit. The caller does not wait;
    /// the write is repeated until it succeeds.
    pub(crate) fn add_undone(&self, entry: AuditEntry) {
        if let Err(error) = self.queue.try_send(Work::Undone(Box::new(entry))) {
            let (TrySendError::Full(work) | TrySendError::Closed(work)) = error;
            lost(work);
        }
    }

    /// Queues a session's last use. It is written together with the next records.
    pub fn touch(&self, session: SessionId, now: Timestamp) {
        // If the queue is full, the record that follows is refused too, so nothing is lost.
        let _ = self.queue.try_send(Work::Use(session, now));
    }
}

/// If a record cannot be kept, at least its id is in the log.
fn lost(work: Work) {
    if let Work::Undone(entry) = work {
        tracing::error!(record = %entry.id, action = entry.action, "the record of something that was not done is lost");
    }
}

async fn write_batches(database: Database, mut queue: mpsc::Receiver<Work>) {
    let patience = database.patience().record;
    let mut work = Vec::with_capacity(BATCH);
    let mut undone = Vec::new();
    loop {
        let waiting = queue.recv_many(&mut work, BATCH);
        let came = if undone.is_empty() { Ok(waiting.await) } else { timeout(AGAIN, waiting).await };
        if came == Ok(0) {
            return;
        }
        let (mut records, mut uses) = (Vec::with_capacity(work.len()), Vec::new());
        for work in work.drain(..) {
            match work {
                Work::Record(waiting) => records.push(waiting),
                work @ Work::Undone(_) if undone.len() >= QUEUE => lost(work),
                Work::Undone(entry) => undone.push(*entry),
                Work::Use(session, now) => uses.push((session, now)),
            }
        }
        if !records.is_empty() || !uses.is_empty() {
            let written = timeout(patience, write_batch(&database, &records, &uses)).await.unwrap_or(Err(Unavailable));
            for waiting in records {
                if written.is_ok() {
                    database.decisions().count(&Decided::of(&waiting.entry));
                    // The caller may be gone. The record is written all the same.
                    let _ = waiting.written.send(());
                }
            }
        }
        if !undone.is_empty() && timeout(patience, write_undone(&database, &undone)).await == Ok(Ok(())) {
            undone.drain(..).for_each(|entry| database.decisions().count(&Decided::of(&entry)));
        }
    }
}

async fn write_undone(database: &Database, undone: &[AuditEntry]) -> Result<(), Unavailable> {
    let mut transaction = database.begin().await?;
    for (statement, part) in ADD_MISSING.parts(undone) {
        let statement = part.iter().fold(db::query(statement), bind);
        statement.execute(&mut transaction).await.map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}

async fn write_batch(
    database: &Database,
    batch: &[Box<Waiting>],
    uses: &[(SessionId, Timestamp)],
) -> Result<(), Unavailable> {
    let mut statements: Vec<_> = ADD.parts(batch).map(|(statement, part)| insert(statement, part)).collect();
    if uses.is_empty() && statements.len() == 1 {
        // A single statement is a transaction of its own: one round trip instead of three.
        let alone = statements.remove(0);
        return database.writer().execute(alone).await.map(|_| ()).map_err(unavailable);
    }
    let mut transaction = database.begin().await?;
    for statement in statements {
        statement.execute(&mut transaction).await.map_err(unavailable)?;
    }
    for (session, now) in uses {
        sessions::sql::use_of(*session, *now).execute(&mut transaction).await.map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}

fn insert(statement: SqlStr, part: &[Box<Waiting>]) -> Statement {
    part.iter().map(|waiting| &waiting.entry).fold(db::query(statement), bind)
}

/// Adds a record to a transaction. It is durable once that is committed. Returns an error if
/// `source` is not a transaction.
pub async fn append_in(source: &mut Source, entry: &AuditEntry) -> Result<(), Unavailable> {
    source.record(entry.clone())
}

/// Writes the records of a transaction, before it is committed.
pub(crate) async fn write(transaction: &mut Transaction, records: &[AuditEntry]) -> Result<(), sqlx::Error> {
    for (statement, part) in ADD.parts(records) {
        part.iter().fold(db::query(statement), bind).execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Returns the last decisions about one identity, the newest first.
pub async fn last_of(
    source: &mut Source,
    identity: IdentityId,
    routine: Routine,
    most: i64,
) -> Result<Vec<OwnDecision>, Unavailable> {
    let condition = if routine == Routine::Hidden { format!(" and {}", records::not_routine()) } else { String::new() };
    let text = format!("select {} from audit where identity = $1{condition} order by id desc limit $2 + 0", *COLUMNS);
    let statement = db::query(AssertSqlSafe(text).into_sql_str());
    let rows = source.all(statement.bind(identity.to_string()).bind(most)).await?;
    let records = rows.iter().map(row::read).collect::<Result<Vec<_>, _>>().map_err(unavailable)?;
    Ok(records.into_iter().map(own_decision).collect())
}

fn own_decision(record: AuditEntry) -> OwnDecision {
    OwnDecision {
        id: record.id,
        at: record.at,
        action: record.action,
        resource: record.resource,
        allowed: record.allowed,
        outcome: record.outcome,
        // A refused person is not told the name: they may not know of the resource.
        resource_name: record.resource_name.filter(|_| record.allowed),
        words: record.words,
    }
}

/// Returns the decisions about a secret, the newest first, at most `most`. `reader` is the person who
/// is shown them.
pub async fn about_secret(
    source: &mut Source,
    asked: &ReadHistory,
    reader: &Principal,
) -> Result<Vec<HistoryRow>, Unavailable> {
    let ReadHistory { id, folded, before, rows } = asked;
    let resource = format!("secret:{id}");
    let routine = if *folded { Routine::Hidden } else { Routine::Shown };
    let mut found = records::about(source, &resource, routine, *before, *rows).await?;
    if *folded {
        let all = records::about(source, &resource, Routine::Shown, *before, *rows).await?;
        found.extend(all.into_iter().filter(is_routine));
    }
    Ok(found.into_iter().map(|record| history_row(record, reader)).collect())
}

fn is_routine(record: &AuditEntry) -> bool {
    record.allowed && ROUTINE_READS.contains(&&*record.action)
}

fn history_row(record: AuditEntry, reader: &Principal) -> HistoryRow {
    HistoryRow {
        is_routine: is_routine(&record),
        has_receipt: ReadRecord { id: record.id }.decide(reader, &facts_of(&record)).allows(),
        id: record.id,
        at: record.at,
        who: record.who.map(|who| who.name.into()),
        action: record.action,
        allowed: record.allowed,
        outcome: record.outcome,
        words: record.words,
    }
}

fn facts_of(record: &AuditEntry) -> RecordFacts {
    RecordFacts { identity: record.who.as_ref().map(|who| who.identity), environment: record.environment.clone() }
}

#[cfg(test)]
mod tests;
