//! The table `audit`: records are added and read, never changed.
//!
//! Decisions that wait at the same time share one transaction, and so one flush to disk.

use crate::clock::since_start;
use crate::db::rows::Insert;
use crate::db::transaction::Source;
use crate::db::{Database, unavailable, write_ahead_log};
use crate::http::floods::{Allowances, Floods};
use crate::ledger::records;
use crate::observe::metrics::{Decided, Decisions};
use crate::observe::traces;
use crate::sessions;
use app::access::store::OwnDecision;
use app::ledger::search::Checks;
use app::ledger::store::RecordRow;
use app::secrets::store::HistoryRow;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome};
use doorward::{Environment, IdentityId, Method, Randomness, RecordId, SecretId, SessionId, Timestamp};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{AnyConnection, AssertSqlSafe, Row, SqlSafeStr, SqlStr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::Instrument;

const INSERT: &str = "insert into audit (id, at, identity, name, kind, session, authentication, method, action, resource, \
     parameters, decision, reason_code, reason, entry, address, request, authenticated_at, policy_version, policy_rows, \
     environment, outcome, resource_name) values";
const COLUMNS: usize = 23;

static ADD: LazyLock<Insert> = LazyLock::new(|| Insert::new(INSERT, COLUMNS));
/// A commit that nobody heard of may have written the record already; then that one is right.
static ADD_UNDONE: LazyLock<Insert> = LazyLock::new(|| Insert::around(INSERT, COLUMNS, " on conflict (id) do nothing"));

const LAST_OF: &str =
    "select id, at, action, resource, decision, reason, outcome, resource_name from audit where identity = $1";

/// Decisions that may wait to be written; one more is refused (503).
const QUEUE: usize = 4096;
const BATCH: usize = 256;
const WAIT: Duration = Duration::from_secs(5);
/// How long a record that could not be written waits before it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

struct Waiting {
    entry: AuditEntry,
    written: oneshot::Sender<()>,
}

/// What is to be written.
enum Work {
    Record(Box<Waiting>),
    /// The record of a transaction that ended without a commit.
    Undone(Box<AuditEntry>),
    Use(SessionId, Timestamp),
}

/// Writes records, many at once.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Work>,
    decisions: Decisions,
    floods: Floods,
    /// How many ids there were.
    ids: Arc<AtomicU32>,
}

impl Ledger {
    /// Starts the writer's task on the current runtime; it ends when the last clone is dropped.
    #[must_use]
    pub fn start(database: Database) -> Self {
        Self::with_allowances(database, Allowances::USUAL)
    }

    /// The same with other allowances for requests without a session.
    #[must_use]
    pub fn with_allowances(database: Database, allowances: Allowances) -> Self {
        let (sender, queue) = mpsc::channel(QUEUE);
        let decisions = database.decisions().clone();
        let weak = sender.downgrade();
        write_ahead_log::keep_short(database.clone(), move || weak.upgrade().is_some());
        tokio::spawn(write_batches(database, queue));
        Self { queue: sender, decisions, floods: Floods::new(allowances), ids: Arc::default() }
    }

    /// A new id for a record. Those of one moment, as of one request, sort in the order in which they were asked for.
    #[must_use]
    pub fn new_id(&self, now: Timestamp, random: &dyn Randomness) -> RecordId {
        RecordId::in_order(now, self.ids.fetch_add(1, Ordering::Relaxed), random)
    }

    /// Writes a record, and returns when it is durable.
    ///
    /// # Errors
    /// Where the queue is full, or the record is not durable in time.
    pub async fn append(&self, entry: AuditEntry) -> Result<(), Unavailable> {
        let span = traces::decision(&entry);
        self.floods.note(&entry);
        self.wait_until_durable(entry).instrument(span).await
    }

    async fn wait_until_durable(&self, entry: AuditEntry) -> Result<(), Unavailable> {
        let (written, done) = oneshot::channel();
        let began = since_start();
        self.queue.try_send(Work::Record(Box::new(Waiting { entry, written }))).map_err(|_| Unavailable)?;
        timeout(WAIT, done).await.map_err(|_| Unavailable)?.map_err(|_| Unavailable)?;
        self.decisions.waited(since_start().saturating_sub(began));
        Ok(())
    }

    /// What is counted of requests without a session.
    #[must_use]
    pub const fn floods(&self) -> &Floods {
        &self.floods
    }

    /// How much waits to be written, and how much may.
    #[must_use]
    pub fn queue(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most.saturating_sub(self.queue.capacity()), most)
    }

    /// Writes the record of a transaction that ended without a commit. Nobody waits for it; it is tried again until the
    /// database takes it.
    pub(crate) fn add_undone(&self, entry: AuditEntry) {
        if let Err(error) = self.queue.try_send(Work::Undone(Box::new(entry))) {
            let (TrySendError::Full(work) | TrySendError::Closed(work)) = error;
            lost(work);
        }
    }

    /// Notes a session's use, together with the records that are written next.
    pub fn touch(&self, session: SessionId, now: Timestamp) {
        // Where the queue is full, the record that follows is refused too, and the use with it.
        let _ = self.queue.try_send(Work::Use(session, now));
    }
}

/// The log has at least its id, where a record can be kept nowhere else.
fn lost(work: Work) {
    if let Work::Undone(entry) = work {
        tracing::error!(record = %entry.id, action = entry.action, "the record of something that was not done is lost");
    }
}

async fn write_batches(database: Database, mut queue: mpsc::Receiver<Work>) {
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
            let written = timeout(WAIT, write_batch(&database, &records, &uses)).await.unwrap_or(Err(Unavailable));
            for waiting in records {
                if written.is_ok() {
                    database.decisions().count(&Decided::of(&waiting.entry));
                    // Whoever asked may have gone; the record stands all the same.
                    let _ = waiting.written.send(());
                }
            }
        }
        if !undone.is_empty() && timeout(WAIT, write_undone(&database, &undone)).await == Ok(Ok(())) {
            undone.drain(..).for_each(|entry| database.decisions().count(&Decided::of(&entry)));
        }
    }
}

async fn write_undone(database: &Database, undone: &[AuditEntry]) -> Result<(), Unavailable> {
    let mut transaction = database.begin().await?;
    for (statement, part) in ADD_UNDONE.parts(undone) {
        let statement = part.iter().fold(sqlx::query(statement), bind);
        statement.execute(&mut *transaction).await.map_err(unavailable)?;
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
        // It is a transaction of its own, in one way to the database instead of three.
        let alone = statements.remove(0);
        return alone.execute(database.writer()).await.map(|_| ()).map_err(unavailable);
    }
    let mut transaction = database.begin().await?;
    for statement in statements {
        statement.execute(&mut *transaction).await.map_err(unavailable)?;
    }
    for (session, now) in uses {
        sessions::sql::use_of(*session, *now).execute(&mut *transaction).await.map_err(unavailable)?;
    }
    transaction.commit().await.map_err(unavailable)
}

fn insert(statement: SqlStr, part: &[Box<Waiting>]) -> Statement {
    part.iter().map(|waiting| &waiting.entry).fold(sqlx::query(statement), bind)
}

/// Adds a record to a transaction; it is durable when that is committed.
///
/// # Errors
/// Where `source` is no transaction.
pub async fn append_in(source: &mut Source, entry: &AuditEntry) -> Result<(), Unavailable> {
    source.record(entry.clone())
}

/// Writes records at the end of their transaction.
pub(crate) async fn write(connection: &mut AnyConnection, records: &[AuditEntry]) -> Result<(), sqlx::Error> {
    for (statement, part) in ADD.parts(records) {
        part.iter().fold(sqlx::query(statement), bind).execute(&mut *connection).await?;
    }
    Ok(())
}

type Statement = Query<'static, sqlx::Any, AnyArguments>;

fn bind(statement: Statement, entry: &AuditEntry) -> Statement {
    let who = entry.who.as_ref();
    statement
        .bind(entry.id.to_string())
        .bind(entry.at.0)
        .bind(who.map(|who| who.identity.to_string()))
        .bind(who.map(|who| who.name.to_string()))
        .bind(who.map(|who| who.kind.as_str().to_owned()))
        .bind(who.and_then(|who| who.session).map(|id| id.to_string()))
        .bind(who.and_then(|who| who.authentication).map(|id| id.to_string()))
        .bind(who.and_then(|who| who.method).map(Method::as_str))
        .bind(entry.action.clone())
        .bind(entry.resource.clone())
        .bind(entry.parameters.clone())
        .bind(if entry.allowed { "allowed" } else { "refused" })
        .bind(entry.code.clone())
        .bind(entry.words.clone())
        .bind(entry.entry.as_str())
        .bind(entry.address.clone())
        .bind(entry.request.clone())
        .bind(who.and_then(|who| who.authenticated).map(|at| at.0))
        .bind(entry.policy.as_ref().map(|policy| policy.version))
        .bind(entry.policy.as_ref().map(|policy| policy.rows.clone()))
        .bind(entry.environment.as_ref().map(Environment::to_string))
        .bind(entry.outcome.map(Outcome::as_str))
        .bind(entry.resource_name.clone())
}

/// The last decisions about one identity, the newest first.
///
/// # Errors
/// Where the database does not answer.
pub async fn last_of(
    source: &mut Source,
    identity: IdentityId,
    checks: Checks,
    most: i64,
) -> Result<Vec<OwnDecision>, Unavailable> {
    let condition =
        if checks == Checks::Hidden { format!(" and {}", records::not_background()) } else { String::new() };
    let text = format!("{LAST_OF}{condition} order by id desc limit $2 + 0");
    let statement = sqlx::query(AssertSqlSafe(text).into_sql_str());
    let rows = source.all(statement.bind(identity.to_string()).bind(most)).await?;
    rows.iter().map(own_decision).collect::<Result<_, _>>().map_err(unavailable)
}

fn own_decision(row: &AnyRow) -> Result<OwnDecision, sqlx::Error> {
    let allowed = row.try_get::<&str, _>("decision")? == "allowed";
    Ok(OwnDecision {
        id: RecordId::parse(row.try_get("id")?).map_err(|error| sqlx::Error::Decode(error.into()))?,
        at: Timestamp(row.try_get("at")?),
        action: row.try_get("action")?,
        resource: row.try_get("resource")?,
        allowed,
        outcome: records::outcome(row)?,
        // Nobody is told the name of what was refused to them: they may not know of it.
        resource_name: row.try_get::<Option<String>, _>("resource_name")?.filter(|_| allowed),
        words: row.try_get("reason")?,
    })
}

/// The decisions about a secret before `before`, the newest first; at most `most`.
///
/// # Errors
/// Where the database does not answer.
pub async fn about_secret(
    source: &mut Source,
    id: SecretId,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<HistoryRow>, Unavailable> {
    let found = records::about(source, &format!("secret:{id}"), before, most).await?;
    Ok(found.into_iter().map(history_row).collect())
}

fn history_row(record: RecordRow) -> HistoryRow {
    HistoryRow {
        id: record.id,
        at: record.at,
        who: record.name,
        action: record.action,
        allowed: record.allowed,
        outcome: record.outcome,
        words: record.words,
    }
}

#[cfg(test)]
mod tests;
