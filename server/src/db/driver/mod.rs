//! Statements, rows and connections, of SQLite or PostgreSQL.
//!
//! One SQL text serves both engines. sqlx's `Any` does that too, but it copies every row and allocates every call.

mod connection;
mod row;
mod statement;

pub use connection::Transaction;
pub(crate) use connection::{Connection, Pool, Pooled};
pub use row::Row;
pub use statement::{Statement, Value, query};
