//! A statement and the values of its parameters.

use crate::db::driver::{Connection, Row};
use futures::TryStreamExt as _;
use sqlx::query::Query;
use sqlx::{Database, Encode, SqlSafeStr, SqlStr, Type};
use std::borrow::Cow;

/// The value of a parameter. A null has a type too, because PostgreSQL infers none for it.
#[derive(Clone, Debug)]
pub enum Value {
    Text(Option<Cow<'static, str>>),
    Integer(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value {
    ($($type:ty => $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value.into()))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map(Into::into))
            }
        }
    )*};
}

value!(String => Text, &'static str => Text, i64 => Integer, Vec<u8> => Bytes);

/// A statement that has not run yet.
#[derive(Clone, Debug)]
#[must_use]
pub struct Statement {
    text: SqlStr,
    values: Vec<Value>,
}

/// Returns a statement without parameters; [`Statement::bind`] adds them.
pub fn query(text: impl SqlSafeStr) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

impl Statement {
    /// Adds the value of the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs the statement, and returns how many rows it changed.
    pub(crate) async fn execute(self, connection: impl Into<Connection<'_>>) -> Result<u64, sqlx::Error> {
        match connection.into() {
            Connection::Sqlite(connection) => {
                self.of_driver().execute(connection).await.map(|done| done.rows_affected())
            }
            Connection::Postgres(connection) => {
                self.of_driver().execute(connection).await.map(|done| done.rows_affected())
            }
        }
    }

    /// Returns one row, or `None`.
    pub(crate) async fn optional(self, connection: impl Into<Connection<'_>>) -> Result<Option<Row>, sqlx::Error> {
        Ok(match connection.into() {
            Connection::Sqlite(connection) => self.of_driver().fetch_optional(connection).await?.map(Row::Sqlite),
            Connection::Postgres(connection) => self.of_driver().fetch_optional(connection).await?.map(Row::Postgres),
        })
    }

    /// Returns every row.
    pub(crate) async fn all(self, connection: impl Into<Connection<'_>>) -> Result<Vec<Row>, sqlx::Error> {
        match connection.into() {
            Connection::Sqlite(connection) => {
                self.of_driver().fetch(connection).map_ok(Row::Sqlite).try_collect().await
            }
            Connection::Postgres(connection) => {
                self.of_driver().fetch(connection).map_ok(Row::Postgres).try_collect().await
            }
        }
    }

    fn of_driver<D: Database>(self) -> Query<'static, D, D::Arguments>
    where
        Option<Cow<'static, str>>: Encode<'static, D> + Type<D>,
        Option<i64>: Encode<'static, D> + Type<D>,
        Option<Vec<u8>>: Encode<'static, D> + Type<D>,
    {
        self.values.into_iter().fold(sqlx::query(self.text), |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Integer(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
        })
    }
}
