//! G20: every column of every kind of record, and whole records; each change is found, and undone it is whole again.

use crate::ledger::sealer::seals::{sealed, signer, tampered, verify};
use crate::support::tamper::Tamper;
use crate::support::world::World;
use doorward::ledger::Signer;
use server::db::Engine;
use server::ledger::sealer::verify::{Tampering, VerifyError};
use sqlx::Row;

/// The columns of a table as the database has them, with those that hold numbers.
async fn columns(world: &World, table: &str) -> Vec<(String, bool)> {
    let statement = match world.backend.database.engine() {
        Engine::Sqlite => format!("select name, type from pragma_table_info('{table}')"),
        Engine::Postgres => format!(
            "select cast(column_name as text), cast(data_type as text) from information_schema.columns where \
             table_name = '{table}' order by ordinal_position"
        ),
    };
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&world.rows).await.expect("the columns");
    rows.iter().map(|row| (row.get(0), row.get::<String, _>(1).to_lowercase() == "bigint")).collect()
}

async fn execute(world: &World, statement: &str) -> Result<u64, sqlx::Error> {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    sqlx::query(statement).execute(&world.rows).await.map(|done| done.rows_affected())
}

/// A value as SQL writes it.
async fn literal(world: &World, table: &str, column: &str, row: &str) -> String {
    let text = format!(
        "select coalesce('''' || replace(cast({column} as text), '''', '''''') || '''', 'null') from {table} where {row}"
    );
    sqlx::query(sqlx::AssertSqlSafe(text)).fetch_one(&world.rows).await.expect("a row").get(0)
}

/// Whoever did each kind of thing last: people with all that is known of them, a visitor, somebody who was refused.
async fn one_of_each_kind(world: &World) -> Vec<String> {
    world.texts("select max(id) from audit group by action, decision order by 1").await
}

/// One column of one record: what it holds, and other values that it can take.
struct Cell<'a> {
    id: &'a str,
    column: &'a str,
    /// As SQL writes it.
    value: String,
    others: Vec<String>,
}

impl Cell<'_> {
    fn set(&self, to: &str, whose: &str) -> String {
        format!("update audit set {} = {to} where id = '{whose}'", self.column)
    }

    /// Sets it to `other`, has the ledger verified, and sets it back. False where the column does not take it.
    async fn is_watched(&self, world: &World, signer: &Signer, other: &str) -> bool {
        if execute(world, &self.set(other, self.id)).await.is_err() {
            return false;
        }
        let found = verify(world, signer, None).await;
        let Err(VerifyError::Tampering(Tampering::Changed(_, record) | Tampering::Gone(_, record))) = found else {
            panic!("{} of {}: {} became {other}, and {found:?}", self.column, self.id, self.value)
        };
        assert_eq!(record, self.id, "{} became {other}", self.column);
        let now = if self.column == "id" { format!("{}x", self.id) } else { self.id.to_owned() };
        assert_eq!(execute(world, &self.set(&self.value, &now)).await.ok(), Some(1));
        true
    }
}

async fn cell<'a>(world: &World, id: &'a str, (column, is_number): &'a (String, bool)) -> Cell<'a> {
    let text = literal(world, "audit", column, &format!("id = '{id}'")).await;
    let (value, more) = if *is_number {
        (text.trim_matches('\'').to_owned(), format!("coalesce({column}, 0) + 1"))
    } else {
        (text, format!("coalesce({column}, '') || 'x'"))
    };
    // SQLite lets even a key be empty.
    let may_be_empty = value != "null" && column != "id";
    let others = may_be_empty.then(|| "null".to_owned()).into_iter().chain([more]).collect();
    Cell { id, column, value, others }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_any_column_of_a_sealed_record_is_found() {
    let signer = signer();
    let (world, outside) = sealed(&signer).await;
    let columns = columns(&world, "audit").await;
    assert!(columns.len() >= 20, "{columns:?}");
    let mut found = 0;
    for id in one_of_each_kind(&world).await {
        for column in &columns {
            let cell = cell(&world, &id, column).await;
            for other in &cell.others {
                found += u32::from(cell.is_watched(&world, &signer, other).await);
            }
        }
    }
    assert!(found > 100, "{found} changes");
    verify(&world, &signer, Some(&outside)).await.expect("undone, it is whole again");
}

/// A change of the head is found too.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_sealed_order_or_its_hashes_is_found() {
    let signer = signer();
    for tamper in [
        Tamper::MoveBeyond,
        Tamper::NameAnother,
        Tamper::NameAnotherFirst,
        Tamper::SwapHash,
        Tamper::ShrinkHead,
        Tamper::GrowHead,
        Tamper::ForgetCheckpoint,
        Tamper::RenameLog,
        Tamper::RemoveOrder,
        Tamper::RemoveAllRecords,
    ] {
        let (world, _) = sealed(&signer).await;
        assert!(world.tamper(tamper.clone()).await > 0, "{tamper:?}");
        let found = verify(&world, &signer, None).await;
        assert!(matches!(found, Err(VerifyError::Tampering(_))), "{tamper:?}: {found:?}");
    }
}

/// Its place is taken out as well, and the rest moves up.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_taken_out_is_missed() {
    let signer = signer();
    for last in [false, true] {
        let (world, outside) = sealed(&signer).await;
        let size = world.table("ledger_head").number("size").await.unsigned_abs();
        let place = if last { size - 1 } else { size / 2 };
        assert_eq!(world.tamper(Tamper::RemoveAt(place)).await, 1);
        world.tamper(Tamper::CloseUp(place)).await;
        assert_eq!(tampered(&world, &signer, None).await, Tampering::Gap(size - 1));
        world.tamper(Tamper::ShrinkHead).await;
        let truncated = Tampering::Truncated { signed: size, there: size - 1 };
        assert_eq!(tampered(&world, &signer, None).await, truncated);
        assert_eq!(tampered(&world, &signer, Some(&outside)).await, truncated);
    }
}

/// All that belongs to them changes places too.
#[tokio::test(flavor = "multi_thread")]
async fn two_records_that_change_places_are_found() {
    let signer = signer();
    let (world, outside) = sealed(&signer).await;
    assert_eq!(world.tamper(Tamper::SwapPlaces(1, 3)).await, 1);
    assert!(matches!(tampered(&world, &signer, None).await, Tampering::OtherRecords(_)));
    assert!(matches!(tampered(&world, &signer, Some(&outside)).await, Tampering::OtherRecords(_)));
}
