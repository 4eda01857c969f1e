//! The folders and tags of a list. Both come from the candidates of the list, so neither tells of a secret that the user may
//! not know of.

use super::{EachEngine, lists, narrowed};
use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, unavailable};
use app::secrets::filter::Filter;
use app::secrets::store::{Folder, FolderCount, PAGE_ROWS, SecretRow};
use doorward::guard::Unavailable;
use doorward::{Principal, SecretId};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The most folders that a page lists.
const MOST_FOLDERS: i64 = 100;
/// The most tags that the filter suggests.
const MOST_TAGS: i64 = 100;

/// The tags of a page of secrets. Places without a secret hold an empty text.
static TAGS_OF: LazyLock<SqlStr> = LazyLock::new(|| {
    let places: Vec<_> = (1..=PAGE_ROWS).map(|place| format!("${place}")).collect();
    let places = places.join(", ");
    AssertSqlSafe(format!("select secret, tag from secret_tags where secret in ({places}) order by secret, tag"))
        .into_sql_str()
});

/// Returns the folders inside the one of the filter, and whether there are more. `rows` are those of the first page, and
/// all of them if there are no more than `total`.
pub async fn inside(
    source: &mut Source,
    filter: &Filter,
    who: &Principal,
    (rows, total): (&[SecretRow], i64),
) -> Result<(Vec<FolderCount>, bool), Unavailable> {
    if filter.page > 1 {
        return Ok((Vec::new(), false));
    }
    if i64::try_from(rows.len()) == Ok(total) {
        return Ok((of_rows(filter, rows), false));
    }
    let EachEngine { sqlite, postgres } = lists(who).folders;
    let statement = if source.engine() == Engine::Postgres { postgres } else { sqlite };
    // Places in a text are counted from 1, and a slash stands between a folder and what is in it.
    let from = filter.folder.as_ref().map_or(1, |folder| folder.as_str().len() + 2);
    let statement =
        narrowed(statement, filter, who).bind(i64::try_from(from).unwrap_or(i64::MAX)).bind(MOST_FOLDERS + 1);
    let found = source.all(statement).await?;
    let has_more = i64::try_from(found.len()).is_ok_and(|count| count > MOST_FOLDERS);
    let read = |row: &Row| {
        let folder = Folder::within(filter.folder.as_ref(), row.try_get("folder")?);
        Ok(FolderCount { folder, secrets: row.try_get("many")? })
    };
    let found = found.iter().take(usize::try_from(MOST_FOLDERS).unwrap_or_default());
    Ok((found.map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)?, has_more))
}

fn of_rows(filter: &Filter, rows: &[SecretRow]) -> Vec<FolderCount> {
    let around = filter.folder.as_ref();
    let mut counts = BTreeMap::new();
    for name in rows.iter().filter_map(|row| Folder::first_below(around, &row.name)) {
        *counts.entry(name).or_insert(0) += 1;
    }
    let counts = counts.into_iter();
    counts.map(|(name, secrets)| FolderCount { folder: Folder::within(around, name), secrets }).collect()
}

/// Returns the tags that most secrets have, of those that the user may know of, whatever else the filter says.
pub async fn tags(source: &mut Source, filter: &Filter, who: &Principal) -> Result<Vec<String>, Unavailable> {
    let all = Filter { archived: filter.archived, ..Filter::default() };
    let rows = source.all(narrowed(lists(who).tags, &all, who).bind(MOST_TAGS)).await?;
    rows.iter().map(|row| row.try_get("tag")).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns the tags of the secrets of one page.
pub async fn tags_of(source: &mut Source, rows: &[SecretRow]) -> Result<Vec<(SecretId, String)>, Unavailable> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.id.to_string()).chain(std::iter::repeat(String::new()));
    let statement = ids.take(PAGE_ROWS as usize).fold(db::query(TAGS_OF.clone()), db::Statement::bind);
    let read = |row: &Row| {
        let id = SecretId::parse(row.try_get("secret")?).map_err(db::broken)?;
        Ok((id, row.try_get("tag")?))
    };
    source.all(statement).await?.iter().map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)
}
