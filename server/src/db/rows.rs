//! Multi-row inserts: most of the cost of a row is the statement's round trip.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// Batch sizes. A fixed set, so that every statement stays in the prepared-statement cache.
const SIZES: [usize; 20] = [64, 48, 32, 24, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

/// An insert statement in every batch size.
pub(crate) struct Insert([(usize, SqlStr); SIZES.len()]);

impl Insert {
    /// `start` is the statement up to and including `values`; `columns` is the number of columns in
    /// a row.
    pub(crate) fn new(start: &str, columns: usize) -> Self {
        Self::around(start, columns, "")
    }

    /// Like [`Insert::new`], with `end` after the rows.
    pub(crate) fn around(start: &str, columns: usize, end: &str) -> Self {
        Self(SIZES.map(|rows| (rows, AssertSqlSafe(text(start, columns, rows) + end).into_sql_str())))
    }

    /// Splits rows into batches, each with the statement that inserts it.
    pub(crate) fn parts<'a, T>(&'a self, rows: &'a [T]) -> impl Iterator<Item = (SqlStr, &'a [T])> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let (size, statement) = self.0.iter().find(|(size, _)| *size <= rest.len())?;
            let (part, remaining) = rest.split_at(*size);
            rest = remaining;
            Some((statement.clone(), part))
        })
    }
}

fn text(start: &str, columns: usize, rows: usize) -> String {
    let row = |row| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    format!("{start} {}", (0..rows).map(row).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_in_their_order_and_none_is_left_out() {
        let insert = Insert::new("insert into t (a, b) values", 2);
        for count in [0, 1, 3, 4, 63, 64, 85, 200] {
            let rows: Vec<_> = (0..count).collect();
            let parts: Vec<_> = insert.parts(&rows).collect();
            assert_eq!(parts.iter().flat_map(|(_, part)| part.to_vec()).collect::<Vec<_>>(), rows);
            for (statement, part) in parts {
                assert_eq!(statement.as_str().matches('(').count() - 1, part.len());
                assert!(statement.as_str().ends_with(&format!("${})", part.len() * 2)));
            }
        }
    }
}
