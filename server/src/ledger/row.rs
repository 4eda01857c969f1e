//! A record as a row of the table `audit`. The columns are the fields of a record.

use crate::db::broken;
use crate::db::rows::Insert;
use crate::db::transaction::Source;
use crate::db::{self, Row, Statement, unavailable};
use crate::ledger::sealer::segments;
use app::ledger::store::RecordFacts;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, BadRecord, FIELDS, Field, Form, Value};
use doorward::{Environment, IdentityId, RecordId, Timestamp};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use std::sync::LazyLock;

/// Every column, as a list in SQL.
pub static COLUMNS: LazyLock<String> =
    LazyLock::new(|| FIELDS.iter().map(|field| field.column).collect::<Vec<_>>().join(", "));

/// Adds records.
pub(crate) static ADD: LazyLock<Insert> = LazyLock::new(|| Insert::new(&insert(), FIELDS.len()));
/// Adds records that may be there already: a lost answer to a commit does not mean that it failed.
pub(crate) static ADD_MISSING: LazyLock<Insert> =
    LazyLock::new(|| Insert::around(&insert(), FIELDS.len(), " on conflict (id) do nothing"));
const FACTS: &str = "select identity, environment from audit where id = $1";

fn insert() -> String {
    format!("insert into audit ({}) values", *COLUMNS)
}

/// Binds the values of a record, in the order of [`COLUMNS`].
pub(crate) fn bind(statement: Statement, entry: &AuditEntry) -> Statement {
    FIELDS.iter().fold(statement, |statement, field| match (field.of(entry), field.form) {
        (Some(Value::Text(text)), _) => statement.bind(text.into_owned()),
        (Some(Value::Number(number) | Value::Time(Timestamp(number))), _) => statement.bind(number),
        (Some(Value::Decision(allowed)), _) => statement.bind(Value::decision(allowed)),
        (None, Form::Text | Form::Decision) => statement.bind(None::<String>),
        (None, Form::Number | Form::Time) => statement.bind(None::<i64>),
    })
}

/// Why a row is no record.
struct BadRow(sqlx::Error);

impl From<BadRecord> for BadRow {
    fn from(error: BadRecord) -> Self {
        Self(broken(error))
    }
}

/// Reads a row. Returns an error if no record could have been written like that, for example
/// because somebody changed the row.
pub(crate) fn read(row: &Row) -> Result<AuditEntry, sqlx::Error> {
    AuditEntry::read(|field| value(row, field).map_err(BadRow)).map_err(|BadRow(error)| error)
}

fn value<'a>(row: &'a Row, field: &Field) -> Result<Option<Value<'a>>, sqlx::Error> {
    let text = || row.try_get::<Option<&str>>(field.column);
    let number = || row.try_get::<Option<i64>>(field.column);
    Ok(match field.form {
        Form::Text => text()?.map(|text| Value::Text(text.into())),
        Form::Number => number()?.map(Value::Number),
        Form::Time => number()?.map(|number| Value::Time(Timestamp(number))),
        Form::Decision => text()?.and_then(Value::parse_decision),
    })
}

/// Reads one record.
pub(crate) async fn one(source: &mut Source, id: RecordId) -> Result<Option<AuditEntry>, Unavailable> {
    let text = format!("select {} from audit where id = $1", *COLUMNS);
    let row = source.optional(db::query(AssertSqlSafe(text).into_sql_str()).bind(id.to_string())).await?;
    row.map(|row| read(&row)).transpose().map_err(unavailable)
}

/// Returns what decides about a record: whom it is about, and its environment. Both are empty if
/// the record may have left the database.
pub(crate) async fn facts(source: &mut Source, id: RecordId) -> Result<Option<RecordFacts>, Unavailable> {
    let row = source.optional(db::query(FACTS).bind(id.to_string())).await?;
    let read = |row: Row| {
        let identity: Option<&str> = row.try_get("identity")?;
        let identity = identity.and_then(|text| IdentityId::parse(text).ok());
        let environment: Option<&str> = row.try_get("environment")?;
        let environment = environment.map(Environment::parse).transpose().map_err(broken)?;
        Ok::<_, sqlx::Error>(RecordFacts { identity, environment })
    };
    if let Some(row) = row {
        return read(row).map(Some).map_err(unavailable);
    }
    let archived = !segments::of_time(source, id.made()).await?.is_empty();
    Ok(archived.then(RecordFacts::default))
}
