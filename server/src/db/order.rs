//! The order of a list in SQL.

use crate::db::{self, Statement};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// Writes an order: the columns in their ascending order, or all of them the other way round. A column with `-` in front goes
/// against the others. The last one is unique, so that every row is on one page; an index with these columns in this order
/// serves both directions.
pub fn order_by(columns: &[&str], descending: bool) -> String {
    let column = |column: &&str| match column.strip_prefix('-') {
        Some(column) if descending => column.to_owned(),
        Some(column) => format!("{column} desc"),
        None if descending => format!("{column} desc"),
        None => (*column).to_owned(),
    };
    columns.iter().map(column).collect::<Vec<_>>().join(", ")
}

/// Returns a statement with an order in the place of `{order}`. Neither text comes from a request.
pub fn ordered(text: &str, order: &str) -> Statement {
    db::query(AssertSqlSafe(text.replace("{order}", order)).into_sql_str())
}

#[cfg(test)]
mod tests {
    use super::order_by;

    #[test]
    fn every_column_of_an_order_turns_round() {
        assert_eq!(order_by(&["s.name", "-s.id"], false), "s.name, s.id desc");
        assert_eq!(order_by(&["s.name", "-s.id"], true), "s.name desc, s.id");
    }
}
