//! Statements that add many rows at once: most of what a row costs is its statement's way to the database.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// How many rows one statement adds: any few in one, more in two or three, and of so many sizes only that each stays prepared.
const SIZES: [usize; 20] = [64, 48, 32, 24, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];

/// An insert, in each of the sizes.
pub(crate) struct Insert([(usize, SqlStr); SIZES.len()]);

impl Insert {
    /// `start` goes as far as `values`; `columns` is how many each row has.
    pub(crate) fn new(start: &str, columns: usize) -> Self {
        Self::around(start, columns, "")
    }

    /// The same, with something after the rows.
    pub(crate) fn around(start: &str, columns: usize, end: &str) -> Self {
        Self(SIZES.map(|rows| (rows, AssertSqlSafe(text(start, columns, rows) + end).into_sql_str())))
    }

    /// Cuts rows into parts, each with the statement that adds it.
    pub(crate) fn parts<'a, T>(&'a self, rows: &'a [T]) -> impl Iterator<Item = (SqlStr, &'a [T])> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let (size, statement) = self.0.iter().find(|(size, _)| *size <= rest.len())?;
            let (part, later) = rest.split_at(*size);
            rest = later;
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
        for many in [0, 1, 3, 4, 63, 64, 85, 200] {
            let rows: Vec<_> = (0..many).collect();
            let parts: Vec<_> = insert.parts(&rows).collect();
            assert_eq!(parts.iter().flat_map(|(_, part)| part.to_vec()).collect::<Vec<_>>(), rows);
            for (statement, part) in parts {
                assert_eq!(statement.as_str().matches('(').count() - 1, part.len());
                assert!(statement.as_str().ends_with(&format!("${})", part.len() * 2)));
            }
        }
    }
}
