//! The folders of a list. They come from the candidates of the list, so none tells of a secret that the user may not know of.

use super::narrowed::Narrowed;
use crate::db::transaction::Source;
use crate::db::{Engine, Row, unavailable};
use app::secrets::filter::Filter;
use app::secrets::store::{COUNTED, Folder, FolderCount, SecretRow};
use doorward::Principal;
use doorward::guard::Unavailable;
use std::collections::BTreeMap;

/// The most folders that a page lists.
const MOST_FOLDERS: usize = 100;
/// A longer list counts at most [`COUNTED`] secrets of each folder.
const LONG: i64 = 5_000;

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
    let (of, engine) = (Narrowed::of(filter, who, source.engine()), source.engine());
    // A list of what one owns or was granted has no order to walk in.
    let is_walked = total > LONG && of.oversees;
    let statement = if is_walked { walked(Narrowed::walked(filter, who, engine), filter) } else { grouped(of, filter) };
    let found = source.all(statement).await?;
    let read = |row: &Row| {
        let folder = Folder::within(filter.folder.as_ref(), row.try_get("folder")?);
        Ok(FolderCount { folder, secrets: row.try_get("many")? })
    };
    let listed = found.iter().take(MOST_FOLDERS);
    let listed = listed.map(read).collect::<Result<_, sqlx::Error>>().map_err(unavailable)?;
    Ok((listed, found.len() > MOST_FOLDERS))
}

/// The place of the first slash in the rest of a name, behind the folder around it; 0 if there is none.
fn slash(engine: Engine, rest: &str) -> String {
    let position = if engine == Engine::Postgres { "strpos" } else { "instr" };
    format!("{position}({rest}, '/')")
}

/// A place in a name is counted from 1, and a slash stands between a folder and what is in it.
fn rest(filter: &Filter) -> String {
    let from = filter.folder.as_ref().map_or(1, |folder| folder.as_str().len() + 2);
    format!("substr(s.name, {from})")
}

/// Counts all candidates by folder.
fn grouped(narrowed: Narrowed, filter: &Filter) -> crate::db::Statement {
    let text = format!(
        "select f.folder, count(*) as many from (select case when {slash} = 0 then '' \
         else substr(r.rest, 1, {slash} - 1) end as folder from (select {rest} as rest from {from} where {conditions}) r) f \
         where f.folder <> '' group by f.folder order by f.folder limit {limit}",
        slash = slash(narrowed.engine(), "r.rest"),
        rest = rest(filter),
        from = narrowed.from,
        conditions = narrowed.conditions(),
        limit = MOST_FOLDERS + 1,
    );
    narrowed.statement(text)
}

/// Walks from the first name of each folder to the first name behind it, and counts no further than is shown. A folder's
/// names lie between `folder/` and `folder0`, as 0 is the next character after the slash.
fn walked(mut narrowed: Narrowed, filter: &Filter) -> crate::db::Statement {
    let around = filter.folder.as_ref().map(|folder| format!("{folder}/")).unwrap_or_default();
    let around = narrowed.place(around);
    let rest = rest(filter);
    let slash = slash(narrowed.engine(), &rest);
    let (from, conditions) = (&narrowed.from, narrowed.conditions());
    let next =
        format!("select substr({rest}, 1, {slash} - 1) as folder from {from} where {conditions} and {slash} > 1");
    let text = format!(
        "with recursive found (folder) as (select folder from ({next} order by s.name limit 1) first union all \
         select ({next} and s.name >= {around} || found.folder || '0' order by s.name limit 1) from found \
         where found.folder is not null) \
         select folder, (select count(*) from (select 1 as one from {from} where {conditions} \
         and s.name >= {around} || found.folder || '/' and s.name < {around} || found.folder || '0' limit {counted}) c) as many \
         from found where folder is not null limit {limit}",
        counted = COUNTED + 1,
        limit = MOST_FOLDERS + 1,
    );
    narrowed.statement(text)
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
