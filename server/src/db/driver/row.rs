//! A row, and the types that its columns are read as.

use sqlx::error::{BoxDynError, UnexpectedNullError};
use sqlx::postgres::{PgRow, PgTypeInfo, PgValueRef};
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Error, Postgres, Row as _, Type};

/// A row that a statement returned.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// Returns the value of a column, by its name or its place.
    ///
    /// # Errors
    /// If there is no such column, or if its value has another type. A null is read as an `Option` only.
    pub fn try_get<'r, T: Column<'r>>(
        &'r self,
        column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    ) -> Result<T, Error> {
        T::read(self, column)
    }
}

/// What a column can be read as.
pub trait Column<'r>: Sized {
    /// # Errors
    /// As [`Row::try_get`].
    fn read(row: &'r Row, column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>) -> Result<Self, Error>;
}

macro_rules! column {
    ($($type:ty, $postgres:ty);*) => {$(
        impl<'r> Column<'r> for Option<$type> {
            fn read(row: &'r Row, column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>) -> Result<Self, Error> {
                match row {
                    Row::Sqlite(row) => row.try_get(column),
                    Row::Postgres(row) => Ok(row.try_get::<Option<$postgres>, _>(column)?.map(Into::into)),
                }
            }
        }

        impl<'r> Column<'r> for $type {
            fn read(row: &'r Row, column: impl ColumnIndex<SqliteRow> + ColumnIndex<PgRow>) -> Result<Self, Error> {
                // SQLite's driver reads a null as 0 or as an empty text.
                Option::read(row, &column)?.ok_or_else(|| Error::ColumnDecode {
                    index: format!("{column:?}"),
                    source: Box::new(UnexpectedNullError),
                })
            }
        }
    )*};
}

column!(i64, Integer; &'r str, &'r str; String, String; Vec<u8>, Vec<u8>);

/// An integer of any size. PostgreSQL's constants have four bytes.
struct Integer(i64);

impl From<Integer> for i64 {
    fn from(Integer(number): Integer) -> Self {
        number
    }
}

impl Type<Postgres> for Integer {
    fn type_info() -> PgTypeInfo {
        <i64 as Type<Postgres>>::type_info()
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        <i64 as Type<Postgres>>::compatible(info) || <i32 as Type<Postgres>>::compatible(info)
    }
}

impl<'r> Decode<'r, Postgres> for Integer {
    /// The driver's own decoding takes integers of every size.
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Postgres>>::decode(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use crate::db::{Database, query};

    #[tokio::test]
    async fn a_null_is_read_as_an_option_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite://{}?mode=rwc", folder.path().join("database").display());
        let database = Database::open(&address).await.expect("it opens");
        let statement = query("select $1 as number, $2 as text, 7 as known").bind(None::<i64>).bind(None::<String>);
        let row = database.readers().optional(statement).await.expect("it runs").expect("a row");
        assert_eq!(row.try_get::<Option<i64>>("number").expect("a column"), None);
        assert_eq!(row.try_get::<Option<&str>>("text").expect("a column"), None);
        assert!(row.try_get::<i64>("number").is_err() && row.try_get::<String>("text").is_err());
        assert_eq!(row.try_get::<i64>(2).expect("a column"), 7);
        assert!(row.try_get::<String>("known").is_err() && row.try_get::<i64>("absent").is_err());
    }
}
