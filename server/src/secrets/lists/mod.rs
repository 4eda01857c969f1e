//! Lists of secrets: the candidates that SQL selects, each with the facts for its own decision.

pub mod folders;
mod narrowed;
pub mod scope;
pub mod tags;

use crate::db::order::order_by;
use crate::db::transaction::Source;
use crate::db::{self, Row, Statement, unavailable};
use crate::secrets::environments::rules;
use crate::secrets::grants::granted;
use crate::secrets::sql::{broken, read_facts, read_kind};
use app::page::Sort;
use app::secrets::filter::{After, Filter, SecretKey};
use app::secrets::policy::ReadSecret;
use app::secrets::store::{Access, PAGE_ROWS, Rotation, SecretFacts, SecretRow};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Environment, Principal, SecretId, Timestamp};
pub(super) use narrowed::Narrowed;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// A row, with the facts for decisions about it, of the secret `s`. $1 is the identity and $2 the time.
macro_rules! row {
    () => {
        concat!(
            "select s.id, s.name, s.environment, ",
            rules!(),
            ", s.owner, o.display_name as owner_name, s.version, s.kind, s.expires_at, s.revision, s.rotation_days, s.rotated_at, s.archived_at, (select count(*) from canaries c where c.secret = s.id) as canary, s.created_at, s.updated_at, case when ",
            granted!("$1", "s.id", "$2"),
            " then 1 else 0 end as granted from "
        )
    };
}

/// What a row is made of besides the secret itself.
macro_rules! joined {
    () => {
        " join environments e on e.name = s.environment join identities o on o.id = s.owner "
    };
}

const ONE: &str = concat!(row!(), "secrets s", joined!(), "where s.id = $3");

/// By name, and so that the next batch can begin anywhere.
const BY_NAME: &[&str] = &["s.name", "s.id"];

/// The order of a list. An index on the same columns serves it in both directions.
fn order(sort: Sort<SecretKey>) -> String {
    let columns = match sort.by {
        SecretKey::Name => BY_NAME,
        SecretKey::Updated => &["s.updated_at", "-s.id"],
    };
    order_by(columns, sort.descending)
}

/// Selects the ids of some rows first, from an index alone, and reads the rows of these.
pub(super) fn rows_in(order: &str, narrowed: Narrowed, part: &str) -> Statement {
    let text = format!(
        "{}(select s.id from {} where {} order by {order} {part}) f join secrets s on s.id = f.id{}order by {order}",
        row!(),
        narrowed.from,
        narrowed.conditions(),
        joined!(),
    );
    narrowed.statement(text)
}

/// A row with the facts for its decision, which has not been made yet.
pub struct Candidate {
    /// What decides.
    pub facts: SecretFacts,
    /// What is shown if the row is allowed. The code that decides fills in `access`.
    pub row: SecretRow,
    /// When the secret was created.
    pub created: Timestamp,
    /// The number of changes of what is said about it.
    pub revision: i64,
    pub rotation: Rotation,
}

pub(super) fn read_candidate(row: &Row) -> Result<Candidate, sqlx::Error> {
    let facts = read_facts(row)?;
    let shown = SecretRow {
        id: SecretId::parse(row.try_get("id")?).map_err(broken)?,
        name: row.try_get("name")?,
        environment: facts.environment.clone(),
        protected: facts.protection.is_protected(),
        owner: row.try_get("owner_name")?,
        kind: read_kind(row)?,
        expires: row.try_get::<Option<i64>>("expires_at")?.map(Timestamp),
        version: row.try_get("version")?,
        updated: Timestamp(row.try_get("updated_at")?),
        access: Access::Role,
    };
    Ok(Candidate {
        facts,
        row: shown,
        created: Timestamp(row.try_get("created_at")?),
        revision: row.try_get("revision")?,
        rotation: Rotation { days: row.try_get("rotation_days")?, rotated: Timestamp(row.try_get("rotated_at")?) },
    })
}

/// Returns one page of the candidates that `filter` selects for `who`, and how many there are on
/// all pages.
pub async fn candidates(
    source: &mut Source,
    filter: &Filter,
    who: &Principal,
) -> Result<(Vec<Candidate>, i64), Unavailable> {
    let before = i64::from(PAGE_ROWS) * i64::from(filter.page - 1);
    // One more than is shown: only if that row exists, the rest must be counted.
    let mut narrowed = Narrowed::rows(filter, who, source.engine());
    let part = format!("limit {} offset {}", PAGE_ROWS + 1, narrowed.place(before));
    let mut rows = source.all(rows_in(&order(filter.sort), narrowed, &part)).await?;
    let shown = rows.len().min(PAGE_ROWS as usize);
    let total = match rows.len() {
        0 => 0,
        fetched if fetched > shown => count(source, filter, who).await?,
        _ => before + i64::try_from(shown).unwrap_or_default(),
    };
    rows.truncate(shown);
    let rows = rows.iter().map(read_candidate).collect::<Result<_, _>>().map_err(unavailable)?;
    Ok((rows, total))
}

/// Returns the candidates that `filter` selects for `who`, by name, after `after`; at most `rows`.
pub async fn candidates_after(
    source: &mut Source,
    filter: &Filter,
    (after, rows): (&After, u32),
    who: &Principal,
) -> Result<Vec<Candidate>, Unavailable> {
    let mut narrowed = Narrowed::rows(filter, who, source.engine());
    let name = narrowed.place(after.name.clone());
    let id = narrowed.place(after.id.map(|id| id.to_string()).unwrap_or_default());
    narrowed.add(format!("(s.name, s.id) > ({name}, {id})"));
    let part = format!("limit {rows}");
    let rows = source.all(rows_in(&order_by(BY_NAME, false), narrowed, &part)).await?;
    rows.iter().map(read_candidate).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns how many secrets of an environment `who` may know of. Archived ones do not count.
pub async fn count_within(source: &mut Source, environment: &Environment, who: &Principal) -> Result<i64, Unavailable> {
    count(source, &Filter { environment: Some(environment.clone()), ..Filter::default() }, who).await
}

async fn count(source: &mut Source, filter: &Filter, who: &Principal) -> Result<i64, Unavailable> {
    let narrowed = Narrowed::of(filter, who, source.engine());
    let text = format!("select count(*) from {} where {}", narrowed.from, narrowed.conditions());
    let row = source.optional(narrowed.statement(text)).await?;
    row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)
}

/// So many ids are looked up at once.
const AT_ONCE: usize = 64;

/// Returns the secrets with these ids, with the facts for their decisions.
pub async fn of_ids(source: &mut Source, ids: &[String], who: &Principal) -> Result<Vec<Candidate>, Unavailable> {
    let mut found = Vec::new();
    for part in ids.chunks(AT_ONCE) {
        // Always as many placeholders, so that the statement is prepared once.
        let places: Vec<_> = (0..AT_ONCE).map(|place| format!("${}", place + 3)).collect();
        let text = format!("{}secrets s{}where s.id in ({})", row!(), joined!(), places.join(", "));
        let statement = db::query(AssertSqlSafe(text).into_sql_str()).bind(who.identity.to_string()).bind(who.now.0);
        let padded = part.iter().cloned().chain(std::iter::repeat(String::new())).take(AT_ONCE);
        for row in source.all(padded.fold(statement, Statement::bind)).await? {
            found.push(read_candidate(&row).map_err(unavailable)?);
        }
    }
    Ok(found)
}

/// Returns one secret with the facts for its decision.
pub async fn one(source: &mut Source, id: SecretId, who: &Principal) -> Result<Option<Candidate>, Unavailable> {
    let statement = db::query(ONE).bind(who.identity.to_string()).bind(who.now.0).bind(id.to_string());
    let row = source.optional(statement).await?;
    row.map(|row| read_candidate(&row)).transpose().map_err(unavailable)
}

/// Returns why this user sees this secret. The decision itself was made before.
pub(super) fn access(who: &Principal, facts: &SecretFacts) -> Access {
    if facts.owned_by(who).allows() {
        Access::Owner
    } else if facts.granted {
        Access::Granted
    } else {
        Access::Role
    }
}

/// Returns the candidates that are allowed, decided one by one as if each were opened.
pub(crate) fn allowed(candidates: Vec<Candidate>, who: &Principal) -> Vec<SecretRow> {
    let allowed = candidates
        .into_iter()
        .filter(|candidate| ReadSecret { id: candidate.row.id }.decide(who, &candidate.facts).allows());
    allowed.map(|candidate| SecretRow { access: access(who, &candidate.facts), ..candidate.row }).collect()
}
