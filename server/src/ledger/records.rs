//! Reads of the table `audit` for those who search it.

use crate::db::transaction::Source;
use crate::db::unavailable;
use crate::ledger::sealer::segments;
use crate::ledger::search::query::{self, Wanted};
use crate::ledger::search::{index, terms};
use crate::sessions;
use app::ledger::policy::FollowLedger;
use app::ledger::search::{BACKGROUND_CHECKS, Checks, Search};
use app::ledger::store::{RecordFacts, RecordRow};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use doorward::{
    AuthenticationId, Environment, Environments, IdentityId, Kind, Method, Randomness, RecordId, SessionId, TimeSpan,
    Timestamp,
};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};

pub(crate) const COLUMNS: &str = "id, at, name, kind, session, authentication, method, action, resource, parameters, decision, \
     reason_code, reason, entry, address, request, authenticated_at, policy_version, policy_rows, environment, outcome, resource_name";
const NEWEST: &str = "select id from audit where action <> $1 order by id desc limit 1";
const FACTS: &str = "select identity, environment from audit where id = $1";

/// The record as it was written, to be hashed: every column of it.
pub(crate) const ENTRY: &str = "select a.* from audit a";

/// How much later than others of its time a record may become durable, and is looked for before its words are kept: longer
/// than a decision waits for that.
const LATE: TimeSpan = TimeSpan::seconds(10);
/// How far back a look of those who follow goes: longer than a decision waits to be durable, and than they stay away between
/// two looks.
const LATELY: TimeSpan = TimeSpan::minutes(1);

/// Rows that are looked through at a time for words that are not kept yet.
const AT_ONCE: u32 = 1000;

/// Every id is less than this.
const AFTER_ALL: &str = "z";

/// The bytes of the first id of a millisecond.
struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// The first id that a record of this moment could have: ids sort by their time.
pub(crate) fn first_at(at: Timestamp) -> String {
    RecordId::new(at, &Zeros).to_string()
}

/// So much earlier, and not before there were ids.
pub(crate) fn earlier(at: Timestamp, span: TimeSpan) -> Timestamp {
    Timestamp(at.0.saturating_sub(span.0).max(0))
}

/// The records within `scope` that a search finds before `before`, the newest first, at most `most`.
///
/// It goes by the words of sealed records, after those records that are so new that their words are not kept yet.
///
/// # Errors
/// Where the database does not answer.
pub async fn find(
    source: &mut Source,
    search: &Search,
    scope: &Environments,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<RecordRow>, Unavailable> {
    let people = query::people(source, &search.who).await?;
    let Some(wanted) = Wanted::of_search(search, &people) else { return Ok(Vec::new()) };
    found(source, &Asked { search, people: &people, wanted, scope }, before, most).await
}

/// The records about one resource before `before`, the newest first, at most `most`.
///
/// # Errors
/// Where the database does not answer.
pub async fn about(
    source: &mut Source,
    resource: &str,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<RecordRow>, Unavailable> {
    let Some(wanted) = Wanted::about(resource) else { return Ok(Vec::new()) };
    let (search, scope) = (Search::default(), Environments::Everywhere);
    found(source, &Asked { search: &search, people: &[], wanted, scope: &scope }, before, most).await
}

/// A search, and what it comes to.
struct Asked<'a> {
    search: &'a Search,
    people: &'a [String],
    wanted: Wanted,
    scope: &'a Environments,
}

async fn found(
    source: &mut Source,
    asked: &Asked<'_>,
    before: Option<RecordId>,
    most: u32,
) -> Result<Vec<RecordRow>, Unavailable> {
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

/// Those of the records that a search finds whose words are not kept yet.
async fn newest(
    source: &mut Source,
    asked: &Asked<'_>,
    mut before: Option<RecordId>,
    head: &index::Head,
    most: u32,
) -> Result<Vec<RecordRow>, Unavailable> {
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

/// What one look of those who follow found.
pub struct Look {
    /// The records, the newest first.
    pub rows: Vec<RecordRow>,
    /// From where to look next.
    pub from: RecordId,
    /// The newest record that was looked at; before the first one, from where this look began.
    pub newest: Option<RecordId>,
    /// Whether some records since the last look were left out: there were too many, or the last look is too long ago.
    pub skipped: bool,
}

/// The records of the last moments within `scope` that a search finds, after `after` where that is later. Those about
/// following are left out: each look leaves one. `seen` is the newest record of the look before.
///
/// # Errors
/// Where the database does not answer.
pub async fn tail(
    source: &mut Source,
    search: &Search,
    scope: &Environments,
    (after, seen): (Option<RecordId>, Option<RecordId>),
    now: Timestamp,
) -> Result<Look, Unavailable> {
    let lately = RecordId::new(earlier(now, LATELY), &Zeros);
    let from = after.map_or(lately, |after| after.max(lately));
    let people = query::people(source, &search.who).await?;
    let Some(wanted) = Wanted::of_search(search, &people) else {
        return Ok(Look { rows: Vec::new(), from, newest: seen.or(Some(from)), skipped: false });
    };
    let asked = Asked { search, people: &people, wanted, scope };
    let mut conditions = Conditions::of(&asked, None);
    conditions.add("id > ", from.as_str());
    conditions.add("action <> ", FollowLedger::NAME);
    let rows = conditions.rows("audit", "id desc", source, AT_ONCE).await?;
    // An earlier look covered everything up to its question, which was `LATELY` after where it began.
    let covered = |after: RecordId| if seen.is_some() { after.made().plus(LATELY) } else { after.made() };
    let missed = after.is_some_and(|after| covered(after) < lately.made());
    let is_full = rows.len() >= AT_ONCE as usize;
    let gap = rows.last().is_some_and(|oldest| is_full && seen.is_none_or(|seen| oldest.id > seen));
    let newest = rows.first().map(|row| row.id).or(seen).or(Some(from));
    let rows = rows.into_iter().filter(|row| asked.wanted.fits(&terms::of_record(row))).collect();
    Ok(Look { rows, from, newest, skipped: missed || gap })
}

/// The newest record that a tail could show, to see whether there is a new one.
///
/// # Errors
/// Where the database does not answer.
pub async fn newest_id(source: &mut Source) -> Result<Option<String>, Unavailable> {
    let row = source.optional(sqlx::query(NEWEST).bind(FollowLedger::NAME)).await?;
    row.map(|row| row.try_get("id")).transpose().map_err(unavailable)
}

/// Leaves out what open pages ask for by themselves, if that was allowed. The names are words of the code.
pub(crate) fn not_background() -> String {
    format!("(decision <> 'allowed' or action not in ('{}'))", BACKGROUND_CHECKS.join("', '"))
}

/// What a search asks of each row, and the values for it.
#[derive(Clone)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    fn of(asked: &Asked<'_>, before: Option<RecordId>) -> Self {
        let Asked { search, people, scope, .. } = *asked;
        let until = search.until.map_or_else(|| AFTER_ALL.to_owned(), first_at);
        let before = before.map_or_else(|| AFTER_ALL.to_owned(), |id| id.to_string()).min(until);
        let mut conditions = Self { texts: vec!["id < $1".to_owned()], values: vec![before] };
        if let Some(from) = search.from {
            conditions.add("id >= ", &first_at(from));
        }
        let decision = search.allowed.map(|allowed| if allowed { "allowed" } else { "refused" });
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
        if search.checks == Checks::Hidden {
            conditions.texts.push(not_background());
        }
        if !people.is_empty() {
            conditions.add_list("name", people.to_vec());
        }
        if let Environments::Only(environments) = scope {
            conditions.add_list("environment", environments.iter().map(Environment::to_string).collect());
        }
        conditions
    }

    /// One of these values. Of none there is no record; neither engine reads an empty list.
    fn add_list(&mut self, column: &str, values: Vec<String>) {
        let first = self.values.len() + 1;
        let places: Vec<_> = (first..first + values.len()).map(|place| format!("${place}")).collect();
        self.values.extend(values);
        self.texts.push(match places.as_slice() {
            [] => "1 = 0".to_owned(),
            places => format!("{column} in ({})", places.join(", ")),
        });
    }

    fn add(&mut self, condition: &str, value: &str) {
        self.values.push(value.to_owned());
        self.texts.push(format!("{condition}${}", self.values.len()));
    }

    async fn rows(
        self,
        from: &str,
        order: &str,
        source: &mut Source,
        most: u32,
    ) -> Result<Vec<RecordRow>, Unavailable> {
        let text =
            format!("select {COLUMNS} from {from} where {} order by {order} limit {most}", self.texts.join(" and "));
        let statement = sqlx::query(AssertSqlSafe(text).into_sql_str());
        let statement = self.values.into_iter().fold(statement, |statement, value| statement.bind(value));
        let rows = source.all(statement).await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
    }
}

/// One record.
///
/// # Errors
/// Where the database does not answer.
pub async fn one(source: &mut Source, id: RecordId) -> Result<Option<RecordRow>, Unavailable> {
    let text = format!("select {COLUMNS} from audit where id = $1");
    let row = source.optional(sqlx::query(AssertSqlSafe(text).into_sql_str()).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

/// One record as it was written, to be hashed; nothing where it is not there.
///
/// # Errors
/// Where the database does not answer, or the row is no record.
pub(crate) async fn entry_of(source: &mut Source, id: RecordId) -> Result<Option<AuditEntry>, Unavailable> {
    let text = format!("{ENTRY} where a.id = $1");
    let row = source.optional(sqlx::query(AssertSqlSafe(text).into_sql_str()).bind(id.to_string())).await?;
    row.map(|row| entry(&row)).transpose().map_err(unavailable)
}

/// Whom a record is about, and what; neither where it may have left the database.
///
/// # Errors
/// Where the database does not answer.
pub async fn facts(source: &mut Source, id: RecordId) -> Result<Option<RecordFacts>, Unavailable> {
    let row = source.optional(sqlx::query(FACTS).bind(id.to_string())).await?;
    let read = |row: AnyRow| {
        let identity: Option<String> = row.try_get("identity")?;
        let identity = identity.and_then(|text| IdentityId::parse(&text).ok());
        Ok::<_, sqlx::Error>(RecordFacts { identity, environment: environment(&row)? })
    };
    if let Some(row) = row {
        return read(row).map(Some).map_err(unavailable);
    }
    let archived = !segments::of_time(source, id.made()).await?.is_empty();
    Ok(archived.then(RecordFacts::default))
}

pub(crate) fn read(row: &AnyRow) -> Result<RecordRow, sqlx::Error> {
    Ok(RecordRow {
        id: RecordId::parse(row.try_get("id")?).map_err(sessions::sql::broken)?,
        at: Timestamp(row.try_get("at")?),
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        session: row.try_get("session")?,
        authentication: row.try_get("authentication")?,
        method: row.try_get("method")?,
        action: row.try_get("action")?,
        resource: row.try_get("resource")?,
        parameters: row.try_get("parameters")?,
        allowed: row.try_get::<&str, _>("decision")? == "allowed",
        code: row.try_get("reason_code")?,
        words: row.try_get("reason")?,
        entry: row.try_get("entry")?,
        address: row.try_get("address")?,
        request: row.try_get("request")?,
        authenticated: row.try_get::<Option<i64>, _>("authenticated_at")?.map(Timestamp),
        policy: policy(row)?,
        environment: environment(row)?,
        outcome: outcome(row)?,
        resource_name: row.try_get("resource_name")?,
    })
}

pub(crate) fn outcome(row: &AnyRow) -> Result<Option<Outcome>, sqlx::Error> {
    let name: Option<String> = row.try_get("outcome")?;
    name.map(|name| Outcome::parse(&name).ok_or_else(|| sessions::sql::broken("no such outcome"))).transpose()
}

fn environment(row: &AnyRow) -> Result<Option<Environment>, sqlx::Error> {
    let name: Option<String> = row.try_get("environment")?;
    name.map(|name| Environment::parse(&name)).transpose().map_err(sessions::sql::broken)
}

fn policy(row: &AnyRow) -> Result<Option<PolicyRows>, sqlx::Error> {
    match (row.try_get("policy_version")?, row.try_get("policy_rows")?) {
        (Some(version), Some(rows)) => Ok(Some(PolicyRows { version, rows })),
        (None, None) => Ok(None),
        _ => Err(sessions::sql::broken("half of a policy")),
    }
}

/// Reads a row of `audit` back as the record that was written. A row that no record could have given is none: what cannot
/// be read is in no hash.
pub(crate) fn entry(row: &AnyRow) -> Result<AuditEntry, sqlx::Error> {
    Ok(AuditEntry {
        id: RecordId::parse(row.try_get("id")?).map_err(sessions::sql::broken)?,
        at: Timestamp(row.try_get("at")?),
        who: who(row)?,
        action: row.try_get("action")?,
        resource: row.try_get("resource")?,
        parameters: row.try_get("parameters")?,
        allowed: match row.try_get("decision")? {
            "allowed" => true,
            "refused" => false,
            _ => return Err(sessions::sql::broken("no such decision")),
        },
        code: row.try_get("reason_code")?,
        words: row.try_get("reason")?,
        entry: Channel::parse(row.try_get("entry")?).ok_or_else(|| sessions::sql::broken("no such entry"))?,
        address: row.try_get("address")?,
        request: row.try_get("request")?,
        policy: policy(row)?,
        environment: environment(row)?,
        outcome: outcome(row)?,
        resource_name: row.try_get("resource_name")?,
    })
}

fn who(row: &AnyRow) -> Result<Option<Who>, sqlx::Error> {
    let text = |column| row.try_get::<Option<String>, _>(column);
    let (session, authentication) = (text("session")?, text("authentication")?);
    let (name, kind, method) = (text("name")?, text("kind")?, text("method")?);
    let authenticated = row.try_get::<Option<i64>, _>("authenticated_at")?.map(Timestamp);
    let identity = text("identity")?;
    let (Some(identity), Some(name), Some(kind)) = (identity.clone(), name.clone(), kind.clone()) else {
        let texts = [identity, name, kind, session, authentication, method];
        let empty = texts.iter().all(Option::is_none) && authenticated.is_none();
        return if empty { Ok(None) } else { Err(sessions::sql::broken("half of somebody")) };
    };
    let method = method.map(|text| Method::parse(&text).ok_or_else(|| sessions::sql::broken("no such method")));
    Ok(Some(Who {
        identity: IdentityId::parse(&identity).map_err(sessions::sql::broken)?,
        name: name.into(),
        kind: Kind::parse(&kind).ok_or_else(|| sessions::sql::broken("no such kind"))?,
        session: session.map(|text| SessionId::parse(&text)).transpose().map_err(sessions::sql::broken)?,
        authentication: authentication
            .map(|text| AuthenticationId::parse(&text))
            .transpose()
            .map_err(sessions::sql::broken)?,
        method: method.transpose()?,
        authenticated,
    }))
}
