//! Tables with many records, written in bulk.

use super::database::{Filled, engine};
use super::numbers::micros;
use super::records;
use doorward::Timestamp;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, FIELDS, Value};
use server::clock::since_start;
use server::db::Database;
use server::db::transaction::Source;
use server::ledger::row::COLUMNS;
use server::ledger::search::index::{self, Head};
use server::ledger::search::terms;
use sqlx::Row as _;

/// Rows of one statement.
const ROWS: u64 = 500;
/// Records whose words one transaction keeps.
const WORDS: u32 = 10_000;
const YEAR: i64 = 365 * 86_400_000;

/// When the record with this number was made, of so many that are spread over a year.
pub fn moment(filled: &Filled, number: u64, many: u64) -> Timestamp {
    let part = (many - number) as f64 / many as f64;
    Timestamp(filled.now.0 - 3_600_000 - (part * YEAR as f64) as i64)
}

/// Adds `many` records.
pub async fn records(filled: &Filled, many: u64) {
    let began = since_start();
    filled.hurry().await;
    let indexes = take_indexes(filled, "audit").await;
    for first in (0..many).step_by(ROWS as usize) {
        let numbers = first..(first + ROWS).min(many);
        let rows = numbers.map(|number| row(&records::record(number, moment(filled, number, many))));
        let rows = rows.collect::<Vec<_>>().join(", ");
        filled.run(format!("insert into audit ({}) values {rows}", *COLUMNS)).await;
    }
    eprintln!("{}: {many} records written in {:.0?}", engine(&filled.database), since_start() - began);
    make_indexes(filled, indexes).await;
    filled.settle().await;
    eprintln!("{}: with their indexes in {:.0?}", engine(&filled.database), since_start() - began);
}

/// Gives every record a place in the sealed order, and keeps its words and counts as the program does.
pub async fn words(filled: &Filled, many: u64) {
    let (began, many) = (since_start(), i64::try_from(many).expect("a number"));
    filled
        .run(format!(
            "insert into ledger_leaves (leaf_index, record) select row_number() over (order by id) - 1, id from audit; \
             update ledger_head set size = {many}, sealed_at = {}",
            filled.now.0
        ))
        .await;
    eprintln!("{}: sealed in {:.0?}", engine(&filled.database), since_start() - began);
    let (began, indexes) = (since_start(), take_indexes(filled, "record_words").await);
    for from in (0..many).step_by(WORDS as usize) {
        keep_words(&filled.database, from, many).await.expect("the words are kept");
    }
    make_indexes(filled, indexes).await;
    filled.settle().await;
    let each = (since_start() - began).div_f64(many as f64);
    eprintln!("{}: words kept, {} a record", engine(&filled.database), micros(each));
}

/// One transaction.
async fn keep_words(database: &Database, from: i64, end: i64) -> Result<(), Unavailable> {
    let records = index::next(&mut Source::reader(database), from, end, WORDS).await?;
    let mut source = Source::words(database).await?;
    terms::add(&mut source, &records).await?;
    let (place, last) = records.last().ok_or(Unavailable)?;
    index::set_head(&mut source, from, Head { indexed: place + 1, last: Some(last.id) }).await?;
    source.commit().await
}

/// Drops a table's indexes, which are made faster when the rows are there, and says how to make them.
async fn take_indexes(filled: &Filled, table: &str) -> Vec<String> {
    let text = match engine(&filled.database) {
        "SQLite" => {
            "select name, sql as text from sqlite_master where type = 'index' and tbl_name = $1 and sql is not null"
        }
        _ => {
            "select indexname::text as name, indexdef as text from pg_indexes where tablename = $1 and indexname <> $1 || '_pkey'"
        }
    };
    let rows = sqlx::query(text).bind(table).fetch_all(&filled.rows).await.expect("the indexes");
    let mut texts = Vec::new();
    for row in rows {
        filled.run(format!("drop index {}", row.get::<String, _>("name"))).await;
        texts.push(row.get("text"));
    }
    texts
}

async fn make_indexes(filled: &Filled, indexes: Vec<String>) {
    if engine(&filled.database) == "PostgreSQL" {
        filled.run("set maintenance_work_mem = '1GB'".to_owned()).await;
    }
    for index in indexes {
        filled.run(index).await;
    }
}

fn row(entry: &AuditEntry) -> String {
    let values = FIELDS.iter().map(|field| match field.of(entry) {
        None => "null".to_owned(),
        Some(Value::Number(number) | Value::Time(Timestamp(number))) => number.to_string(),
        Some(value) => format!("'{}'", value.text(|_| String::new())),
    });
    format!("({})", values.collect::<Vec<_>>().join(", "))
}
