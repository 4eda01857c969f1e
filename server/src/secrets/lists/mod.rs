//! Lists of secrets: the candidates that SQL selects, each with the facts for its own decision.

pub mod folders;

use crate::db::transaction::Source;
use crate::db::{self, Row, Statement, unavailable};
use crate::identities::held;
use crate::secrets::grants::granted;
use crate::secrets::sql::{broken, literal, read_facts, read_kind};
use app::secrets::filter::{After, Filter, Sort};
use app::secrets::policy::INVENTORY;
use app::secrets::policy::ReadSecret;
use app::secrets::store::{Access, BATCH_ROWS, PAGE_ROWS, SecretFacts, SecretRow};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Environment, Principal, SecretId, Timestamp};

/// A row, with the facts for decisions about it.
macro_rules! row {
    ($from:literal) => {
        concat!(
            "select s.id, s.name, s.environment, e.protected, s.owner, o.display_name as owner_name, s.version, s.kind, \
             s.expires_at, s.revision, s.archived_at, (select count(*) from canaries c where c.secret = s.id) as canary, s.created_at, s.updated_at, case when ",
            granted!("$1", "s.id", "$2"),
            " then 1 else 0 end as granted from ",
            $from,
            " join environments e on e.name = s.environment join identities o on o.id = s.owner "
        )
    };
}

/// The environments in which a role of $1 holds a permission at $2.
macro_rules! environments_where {
    ($permission:literal) => {
        concat!(
            "(select n.name from environments n join (",
            held::rows!("$1", "$2"),
            ") h on h.permission = '",
            $permission,
            "' and h.environment in ('*', n.name))"
        )
    };
}

/// The candidates of a list: every secret that the row-by-row decision could allow. A property test
/// keeps the two consistent. The casts are there because SQLite inspects values bound to a bare
/// `like $4` or `limit $5` and would compile the statement again each time.
macro_rules! candidates {
    () => {
        concat!(
            "where s.environment in ",
            environments_where!("secret.read"),
            " and (s.owner = $1 or ",
            granted!("$1", "s.id", "$2"),
            " or s.environment in ",
            environments_where!("secret.inventory"),
            ") and ($3 = '' or s.environment = $3) and ($4 = '' or lower(s.name) like '%' || $4 || '%' escape '!') \
             and ($5 = '' or substr(s.name, 1, length($5) + 1) = $5 || '/') \
             and ($6 = '' or exists (select 1 from secret_tags t where t.secret = s.id and t.tag = $6)) \
             and (case when s.archived_at is null then 0 else 1 end) = $7 "
        )
    };
}

/// The statements of a list.
struct Lists {
    by_name: &'static str,
    by_update: &'static str,
    after: &'static str,
    count: &'static str,
    folders: EachEngine,
    tags: &'static str,
}

/// A statement that differs between engines.
struct EachEngine {
    sqlite: &'static str,
    postgres: &'static str,
}

/// The folders inside one, which ends before place $8 of a name, each with the number of candidates in it.
macro_rules! folders {
    ($from:literal, $position:literal) => {
        concat!(
            "select f.folder, count(*) as many from (select case when ",
            $position,
            "(r.rest, '/') = 0 then '' else substr(r.rest, 1, ",
            $position,
            "(r.rest, '/') - 1) end as folder from (select substr(s.name, cast($8 as integer)) as rest from ",
            $from,
            " ",
            candidates!(),
            ") r) f where f.folder <> '' group by f.folder order by f.folder limit $9 + 0"
        )
    };
}

macro_rules! lists {
    ($from:literal) => {
        Lists {
            by_name: concat!(row!($from), candidates!(), "order by s.name, s.id limit $8 + 0 offset $9"),
            by_update: concat!(row!($from), candidates!(), "order by s.updated_at desc, s.id limit $8 + 0 offset $9"),
            after: concat!(
                row!($from),
                candidates!(),
                "and (s.name, s.id) > ($8, $9) order by s.name, s.id limit $10 + 0"
            ),
            count: concat!("select count(*) as many from ", $from, " ", candidates!()),
            folders: EachEngine { sqlite: folders!($from, "instr"), postgres: folders!($from, "strpos") },
            tags: concat!(
                "select t.tag, count(*) as many from ",
                $from,
                " join secret_tags t on t.secret = s.id ",
                candidates!(),
                "group by t.tag order by many desc, t.tag limit $8 + 0"
            ),
        }
    };
}

/// For users who oversee an environment: every secret is a candidate.
const OVERSEEN: Lists = lists!("secrets s");
/// For everybody else: only secrets they own or were granted, found by index. Their list costs as
/// much as it is long, however large the vault is.
const OWN: Lists = lists!(
    "(select id from secrets where owner = $1 union select secret from grants where identity = $1 union \
     select g.secret from group_members n join group_grants g on g.group_id = n.group_id where n.identity = $1) m \
     join secrets s on s.id = m.id"
);

fn lists(who: &Principal) -> &'static Lists {
    if who.holds(INVENTORY).somewhere().allows() { &OVERSEEN } else { &OWN }
}

const ONE: &str = concat!(row!("secrets s"), "where s.id = $3");

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
}

fn read_candidate(row: &Row) -> Result<Candidate, sqlx::Error> {
    let facts = read_facts(row)?;
    let shown = SecretRow {
        id: SecretId::parse(row.try_get("id")?).map_err(broken)?,
        name: row.try_get("name")?,
        environment: facts.environment.clone(),
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
    })
}

/// Returns `statement` with the parameters that all lists have.
fn narrowed(statement: &'static str, filter: &Filter, who: &Principal) -> Statement {
    db::query(statement)
        .bind(who.identity.to_string())
        .bind(who.now.0)
        .bind(filter.environment.as_ref().map(ToString::to_string).unwrap_or_default())
        .bind(literal(&filter.name))
        .bind(filter.folder.as_ref().map(ToString::to_string).unwrap_or_default())
        .bind(filter.tag.as_ref().map(ToString::to_string).unwrap_or_default())
        .bind(i64::from(filter.archived))
}

/// Returns one page of the candidates that `filter` selects for `who`, and how many there are on
/// all pages.
pub async fn candidates(
    source: &mut Source,
    filter: &Filter,
    who: &Principal,
) -> Result<(Vec<Candidate>, i64), Unavailable> {
    let statement = match filter.sort {
        Sort::Name => lists(who).by_name,
        Sort::Updated => lists(who).by_update,
    };
    let before = i64::from(PAGE_ROWS) * i64::from(filter.page - 1);
    // One more than is shown: only if that row exists, the rest must be counted.
    let statement = narrowed(statement, filter, who).bind(i64::from(PAGE_ROWS) + 1).bind(before);
    let mut rows = source.all(statement).await?;
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

/// Returns the candidates that `filter` selects for `who`, by name, after `after`; at most
/// [`BATCH_ROWS`].
pub async fn candidates_after(
    source: &mut Source,
    filter: &Filter,
    after: &After,
    who: &Principal,
) -> Result<Vec<Candidate>, Unavailable> {
    let statement = narrowed(lists(who).after, filter, who)
        .bind(after.name.clone())
        .bind(after.id.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(BATCH_ROWS));
    let rows = source.all(statement).await?;
    rows.iter().map(read_candidate).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns how many secrets of an environment `who` may know of. Archived ones do not count.
pub async fn count_within(source: &mut Source, environment: &Environment, who: &Principal) -> Result<i64, Unavailable> {
    count(source, &Filter { environment: Some(environment.clone()), ..Filter::default() }, who).await
}

async fn count(source: &mut Source, filter: &Filter, who: &Principal) -> Result<i64, Unavailable> {
    let row = source.optional(narrowed(lists(who).count, filter, who)).await?;
    row.map_or(Ok(0), |row| row.try_get(0)).map_err(unavailable)
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
pub(super) fn allowed(candidates: Vec<Candidate>, who: &Principal) -> Vec<SecretRow> {
    let allowed = candidates
        .into_iter()
        .filter(|candidate| ReadSecret { id: candidate.row.id }.decide(who, &candidate.facts).allows());
    allowed.map(|candidate| SecretRow { access: access(who, &candidate.facts), ..candidate.row }).collect()
}
