//! Searches of the table `audit`.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::ledger::row::{self, COLUMNS};
use crate::ledger::search::query::{self, Wanted};
use crate::ledger::search::{index, terms};
use app::ledger::search::{ROUTINE_READS, Routine, Search};
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome, Value};
use doorward::{Environment, Environments, Randomness, RecordId, TimeSpan, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// How far before the newest indexed record unindexed ones are looked for. Longer than a decision
/// waits until it is durable.
const LATE: TimeSpan = TimeSpan::seconds(10);
/// The batch size when rows are read that have no search terms in the index yet.
pub(crate) const AT_ONCE: u32 = 1000;

/// Sorts after every id.
const AFTER_ALL: &str = "z";

/// The random part of the first id of a millisecond.
struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// Returns the first id that a record of this time could have. Ids sort by time.
pub(crate) fn first_id_at(at: Timestamp) -> RecordId {
    RecordId::new(at, &Zeros)
}

/// Returns [`first_id_at`] as text.
pub(crate) fn first_at(at: Timestamp) -> String {
    first_id_at(at).to_string()
}

/// Subtracts a span from a time. The result is never before 1970, where ids begin.
pub(crate) fn earlier(at: Timestamp, span: TimeSpan) -> Timestamp {
    Timestamp(at.0.saturating_sub(span.0).max(0))
}

/// Returns the records within `scope` that match a search and are older than `before`, the newest
/// first, at most `most`.
///
/// The newest records, which have no search terms in the index yet, are read row by row. The others
/// are found by the index.
pub async fn find(
    source: &mut Source,
    search: &Search,
    scope: &Environments,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<AuditEntry>, Unavailable> {
    let people = query::people(source, &search.who).await?;
    let Some(wanted) = Wanted::of_search(search, &people) else { return Ok(Vec::new()) };
    found(source, &Asked { search, people: &people, wanted, scope }, before, most).await
}

/// Returns the records about one resource, the newest first, at most `most`.
pub async fn about(
    source: &mut Source,
    resource: &str,
    routine: Routine,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<AuditEntry>, Unavailable> {
    let Some(wanted) = Wanted::about(resource) else { return Ok(Vec::new()) };
    let (search, scope) = (Search { routine, ..Search::default() }, Environments::Everywhere);
    found(source, &Asked { search: &search, people: &[], wanted, scope: &scope }, before, most).await
}

/// A search with what is derived from it.
pub(crate) struct Asked<'a> {
    pub(crate) search: &'a Search,
    /// The sign-in names that the search may mean.
    pub(crate) people: &'a [String],
    pub(crate) wanted: Wanted,
    pub(crate) scope: &'a Environments,
}

async fn found(
    source: &mut Source,
    asked: &Asked<'_>,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<AuditEntry>, Unavailable> {
    if asked.scope.is_nowhere() {
        return Ok(Vec::new());
    }
    let (engine, mut conditions) = (source.engine(), Conditions::of(asked, before));
    if asked.wanted.is_empty() && *asked.scope == Environments::Everywhere {
        return conditions.rows("audit", "id desc", source, most).await;
    }
    let head = index::head(source).await?;
    let mut rows = newest(source, asked, before, &head, most).await?;
    conditions.values.push(asked.wanted.query(engine, asked.scope));
    let places = index::places(source, asked.search, before, &head).await?;
    for part in terms::parts(engine, places) {
        let rest = most.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        if rest == 0 {
            break;
        }
        let found = terms::found(engine, &part, conditions.values.len());
        rows.extend(conditions.clone().rows(&found, "found.rowid desc", source, rest).await?);
    }
    Ok(rows)
}

/// Returns the matching records that have no search terms in the index yet.
async fn newest(
    source: &mut Source,
    asked: &Asked<'_>,
    mut before: Option<RecordId>,
    head: &index::Head,
    most: u32,
) -> Result<Vec<AuditEntry>, Unavailable> {
    let mut found = Vec::new();
    loop {
        let mut conditions = Conditions::of(asked, before);
        conditions.values.push(head.last.map(|last| first_at(earlier(last.made(), LATE))).unwrap_or_default());
        conditions.texts.push(format!("id >= ${}", conditions.values.len()));
        conditions.texts.push(format!("not exists ({} {})", index::KEPT, head.indexed));
        let at_once = if asked.wanted.is_empty() { most } else { AT_ONCE };
        let rows = conditions.rows("audit", "id desc", source, at_once).await?;
        let all = rows.len() < at_once as usize;
        before = rows.last().map(|row| row.id);
        found.extend(rows.into_iter().filter(|row| asked.wanted.fits(&terms::of_record(row))));
        if all || found.len() >= most as usize {
            found.truncate(most as usize);
            return Ok(found);
        }
    }
}

/// Returns a condition that excludes allowed routine reads. The names are constants of the code, so
/// they need no binding.
pub(crate) fn not_routine() -> String {
    format!("(decision <> 'allowed' or action not in ('{}'))", ROUTINE_READS.join("', '"))
}

/// The conditions of a search, and the values that they bind.
#[derive(Clone)]
pub(crate) struct Conditions {
    texts: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    pub(crate) fn of(asked: &Asked<'_>, before: Option<RecordId>) -> Self {
        let Asked { search, people, scope, .. } = *asked;
        let until = search.until.map_or_else(|| AFTER_ALL.to_owned(), first_at);
        let before = before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string()).min(until);
        let mut conditions = Self { texts: vec!["id < $1".to_owned()], values: vec![before] };
        if let Some(from) = search.from {
            conditions.add("id >= ", &first_at(from));
        }
        let decision = search.allowed.map(Value::decision);
        let parts = [
            ("environment = ", search.environment.as_ref().map(Environment::as_str).unwrap_or_default()),
            ("reason_code = ", search.code.as_str()),
            ("outcome = ", search.outcome.map(Outcome::as_str).unwrap_or_default()),
            ("entry = ", search.entry.as_str()),
            ("decision = ", decision.unwrap_or_default()),
        ];
        for (condition, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
            conditions.add(condition, value);
        }
        if search.routine == Routine::Hidden {
            conditions.texts.push(not_routine());
        }
        if !people.is_empty() {
            conditions.add_list("name", people.to_vec());
        }
        if let Environments::Only(environments) = scope {
            conditions.add_list("environment", environments.iter().map(Environment::to_string).collect());
        }
        conditions
    }

    /// Adds "one of these values". An empty list matches nothing; neither engine parses `in ()`.
    fn add_list(&mut self, column: &str, values: Vec<String>) {
        let first = self.values.len() + 1;
        let places: Vec<_> = (first..first + values.len()).map(|place| format!("${place}")).collect();
        self.values.extend(values);
        self.texts.push(match places.as_slice() {
            [] => "1 = 0".to_owned(),
            places => format!("{column} in ({})", places.join(", ")),
        });
    }

    pub(crate) fn add(&mut self, condition: &str, value: &str) {
        self.values.push(value.to_owned());
        self.texts.push(format!("{condition}${}", self.values.len()));
    }

    pub(crate) async fn rows(
        self,
        from: &str,
        order: &str,
        source: &mut Source,
        most: u32,
    ) -> Result<Vec<AuditEntry>, Unavailable> {
        let text =
            format!("select {} from {from} where {} order by {order} limit {most}", *COLUMNS, self.texts.join(" and "));
        let statement = db::query(AssertSqlSafe(text).into_sql_str());
        let statement = self.values.into_iter().fold(statement, |statement, value| statement.bind(value));
        let rows = source.all(statement).await?;
        rows.iter().map(row::read).collect::<Result<_, _>>().map_err(unavailable)
    }
}
