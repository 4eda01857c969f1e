//! The tables of the database, as the database itself describes them: a new table is in the next
//! backup without any change here.

use crate::backup::format::{Cell, Kind, Table};
use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, broken, unavailable};
use doorward::guard::Unavailable;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// Tables that are not in a backup: the migrations belong to the database, and the words of records,
/// secrets and identities are indexed again. Challenges count for a minute.
const NOT_KEPT: [&str; 7] = [
    "_sqlx_migrations",
    "record_index",
    "record_words",
    "search_stale",
    "search_texts",
    "search_words",
    "used_challenges",
];

/// Loaded last, because triggers write it when other tables change.
pub const LAST: &str = "policy_history";

const OF_SQLITE: &str = "select m.name as in_table, c.name as name, lower(c.type) as kind, c.pk as place \
     from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite!_%' escape '!' \
     order by m.name, c.cid";
const OF_POSTGRES: &str = "select cast(c.table_name as text) as in_table, cast(c.column_name as text) as name, \
     cast(c.data_type as text) as kind, coalesce((select cast(k.ordinal_position as bigint) \
     from information_schema.table_constraints p join information_schema.key_column_usage k \
     on k.constraint_schema = p.constraint_schema and k.constraint_name = p.constraint_name \
     where p.constraint_type = 'PRIMARY KEY' and p.table_schema = c.table_schema and p.table_name = c.table_name \
     and k.table_name = c.table_name and k.column_name = c.column_name), 0) as place \
     from information_schema.columns c join information_schema.tables t \
     on t.table_schema = c.table_schema and t.table_name = c.table_name \
     where c.table_schema = current_schema() and t.table_type = 'BASE TABLE' order by 1, c.ordinal_position";
const SCHEMA: &str = "select max(version) as version from _sqlx_migrations";

/// A table and the columns of its primary key.
pub struct Described {
    pub table: Table,
    /// Places in `table.columns`, in the key's order. Empty for a table of one row.
    pub key: Vec<usize>,
}

/// Returns the newest migration.
pub async fn schema(source: &mut Source) -> Result<i64, Unavailable> {
    let row = source.optional(db::query(SCHEMA)).await?.ok_or(Unavailable)?;
    row.try_get("version").map_err(unavailable)
}

/// Returns every table that is in a backup, by name.
pub async fn all(source: &mut Source) -> Result<Vec<Described>, Unavailable> {
    let text = match source.engine() {
        Engine::Sqlite => OF_SQLITE,
        Engine::Postgres => OF_POSTGRES,
    };
    let mut tables: Vec<(Described, Vec<(i64, usize)>)> = Vec::new();
    for row in source.all(db::query(text)).await? {
        let table: String = row.try_get("in_table").map_err(unavailable)?;
        if NOT_KEPT.contains(&&*table) {
            continue;
        }
        let (name, kind, place) = read(&row).map_err(unavailable)?;
        if tables.last().is_none_or(|(last, _)| last.table.table != table) {
            tables.push((Described { table: Table { table, columns: Vec::new() }, key: Vec::new() }, Vec::new()));
        }
        let Some((last, key)) = tables.last_mut() else { continue };
        if place > 0 {
            key.push((place, last.table.columns.len()));
        }
        last.table.columns.push((name, kind));
    }
    let (last, first): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(described, _)| described.table.table == LAST);
    let keyed = first.into_iter().chain(last).map(|(described, mut key)| {
        key.sort_unstable();
        Described { key: key.into_iter().map(|(_, column)| column).collect(), ..described }
    });
    Ok(keyed.collect())
}

fn read(row: &Row) -> Result<(String, Kind, i64), sqlx::Error> {
    let kind = match row.try_get("kind")? {
        "text" => Kind::Text,
        "bigint" | "integer" | "int" => Kind::Integer,
        "blob" | "bytea" => Kind::Bytes,
        other => return Err(broken(format!("a column has the type {other}, which a backup cannot hold"))),
    };
    Ok((row.try_get("name")?, kind, row.try_get("place")?))
}

/// Puts a name from the database's catalogue in quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns the cells of a row.
pub fn cells(row: &Row, columns: &[(String, Kind)]) -> Result<Vec<Cell>, Unavailable> {
    let cell = |(at, (_, kind)): (usize, &(String, Kind))| -> Result<Cell, sqlx::Error> {
        Ok(match kind {
            Kind::Text => row.try_get::<Option<String>>(at)?.map(Cell::Text),
            Kind::Integer => row.try_get::<Option<i64>>(at)?.map(Cell::Integer),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>>(at)?.map(|bytes| Cell::of_bytes(&bytes)),
        }
        .unwrap_or(Cell::Null))
    };
    columns.iter().enumerate().map(cell).collect::<Result<_, _>>().map_err(unavailable)
}

/// Binds a cell as a value of its column's kind. Returns `None` if the cell has another kind.
pub fn bind(statement: db::Statement, cell: Cell, kind: Kind) -> Option<db::Statement> {
    Some(match (kind, cell) {
        (Kind::Text, Cell::Text(text)) => statement.bind(text),
        (Kind::Text, Cell::Null) => statement.bind(None::<String>),
        (Kind::Integer, Cell::Integer(number)) => statement.bind(number),
        (Kind::Integer, Cell::Null) => statement.bind(None::<i64>),
        (Kind::Bytes, Cell::Bytes { bytes }) => statement.bind(Cell::bytes(&bytes)?),
        (Kind::Bytes, Cell::Null) => statement.bind(None::<Vec<u8>>),
        _ => return None,
    })
}

/// The statement of a table's next rows, without or with a row to go on after.
pub fn select(described: &Described, limit: usize, goes_on: bool) -> SqlStr {
    let names: Vec<String> = described.table.columns.iter().map(|(name, _)| quoted(name)).collect();
    let mut text = format!("select {} from {}", names.join(", "), quoted(&described.table.table));
    if !described.key.is_empty() {
        let key: Vec<&str> = described.key.iter().map(|at| &*names[*at]).collect();
        let key = key.join(", ");
        if goes_on {
            let places: Vec<String> = (1..=described.key.len()).map(|place| format!("${place}")).collect();
            text += &format!(" where ({key}) > ({})", places.join(", "));
        }
        text += &format!(" order by {key} limit {limit}");
    }
    AssertSqlSafe(text).into_sql_str()
}
