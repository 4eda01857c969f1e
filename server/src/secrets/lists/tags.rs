//! The tags that the filter suggests, and those of the rows. Both come from the candidates of the list, so none tells of a
//! secret that the user may not know of.

use super::narrowed::Narrowed;
use crate::db::transaction::Source;
use crate::db::{self, Row, Statement, unavailable};
use app::secrets::filter::Filter;
use app::secrets::store::{PAGE_ROWS, SecretRow};
use doorward::guard::Unavailable;
use doorward::{Principal, SecretId};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use std::sync::LazyLock;

/// The most tags that the filter suggests.
const MOST: usize = 100;
/// So many secrets of a tag are looked at: if somebody who oversees an environment may know of none of them, the tag is not
/// suggested.
const LOOKED_AT: usize = 200;

/// The tags of a page of secrets. Places without a secret hold an empty text.
static OF_ROWS: LazyLock<SqlStr> = LazyLock::new(|| {
    let places: Vec<_> = (1..=PAGE_ROWS).map(|place| format!("${place}")).collect();
    let places = places.join(", ");
    AssertSqlSafe(format!("select secret, tag from secret_tags where secret in ({places}) order by secret, tag"))
        .into_sql_str()
});

/// Returns tags of secrets that the user may know of, whatever else the filter says.
pub async fn suggested(source: &mut Source, filter: &Filter, who: &Principal) -> Result<Vec<String>, Unavailable> {
    let all = Filter { archived: filter.archived, ..Filter::default() };
    let narrowed = Narrowed::of(&all, who, source.engine());
    let statement = if narrowed.oversees { walked(narrowed) } else { grouped(narrowed) };
    let rows = source.all(statement).await?;
    rows.iter().map(|row| row.try_get("tag")).collect::<Result<_, _>>().map_err(unavailable)
}

fn grouped(narrowed: Narrowed) -> Statement {
    let text = format!(
        "select distinct t.tag from {} join secret_tags t on t.secret = s.id where {} order by t.tag limit {MOST}",
        narrowed.from,
        narrowed.conditions()
    );
    narrowed.statement(text)
}

/// Walks from each tag to the next one, so that the secrets of a frequent tag are not all read.
fn walked(narrowed: Narrowed) -> Statement {
    let text = format!(
        "with recursive known (tag) as (select min(tag) from secret_tags union all \
         select (select min(t.tag) from secret_tags t where t.tag > known.tag) from known where known.tag is not null) \
         select tag from known where tag is not null and exists (select 1 from \
         (select t.secret from secret_tags t where t.tag = known.tag limit {LOOKED_AT}) l join {} on s.id = l.secret \
         where {}) limit {MOST}",
        narrowed.from,
        narrowed.conditions()
    );
    narrowed.statement(text)
}

/// Returns the tags of the secrets of one page.
pub async fn of_rows(source: &mut Source, rows: &[SecretRow]) -> Result<Vec<(SecretId, String)>, Unavailable> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.id.to_string()).chain(std::iter::repeat(String::new()));
    let statement = ids.take(PAGE_ROWS as usize).fold(db::query(OF_ROWS.clone()), Statement::bind);
    let read = |row: &Row| {
        let id = SecretId::parse(row.try_get("secret")?).map_err(db::broken)?;
        Ok((id, row.try_get("tag")?))
    };
    source.all(statement).await?.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}
