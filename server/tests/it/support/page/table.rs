//! Tables, as texts below the heads of their columns.

use super::Page;
use super::text::{name_of, visible};
use scraper::{ElementRef, Html, Selector};

fn all<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element.select(&Selector::parse(selector).expect("a selector")).collect()
}

/// The table's caption, and the name of the part that it is in.
pub fn name_of_table(html: &Html, table: ElementRef<'_>) -> Vec<String> {
    let caption = all(table, "caption").first().map(|caption| visible(*caption));
    let around = table.ancestors().filter_map(ElementRef::wrap).find(|each| each.value().name() == "section");
    caption.into_iter().chain(around.map(|section| name_of(html, section))).collect()
}

pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// A row, with its controls.
pub struct Row {
    /// The column's name and the cell's text.
    pub cells: Vec<(String, String)>,
    pub page: Page,
}

impl Table {
    pub(super) fn of(table: ElementRef<'_>) -> Self {
        // The head of the column that a list is sorted by ends in an arrow.
        let name = |head| visible(head).trim_end_matches(['↑', '↓', ' ', '\u{a0}']).to_owned();
        let columns: Vec<_> = all(table, "thead th").into_iter().map(name).collect();
        let rows = all(table, "tbody tr").into_iter().map(|row| Row::of(row, &columns)).collect();
        Self { columns, rows }
    }

    /// The rows as texts.
    pub fn texts(&self) -> Vec<Vec<&str>> {
        self.rows.iter().map(Row::texts).collect()
    }

    /// The first row with a cell that has this text, alone or among others.
    pub fn find(&self, text: &str) -> Option<&Row> {
        let has = |row: &&Row, fits: &dyn Fn(&str) -> bool| row.texts().into_iter().any(fits);
        let exact = self.rows.iter().find(|row| has(row, &|cell| cell == text));
        exact.or_else(|| self.rows.iter().find(|row| has(row, &|cell| cell.contains(text))))
    }

    #[track_caller]
    pub fn row(&self, text: &str) -> &Row {
        let Some(row) = self.find(text) else { panic!("no row has {text:?}: {:?}", self.texts()) };
        row
    }
}

impl Row {
    fn of(row: ElementRef<'_>, columns: &[String]) -> Self {
        let cells = row.child_elements().enumerate().map(|(number, cell)| {
            let named = cell.attr("data-label").map(ToOwned::to_owned);
            (named.or_else(|| columns.get(number).cloned()).unwrap_or_default(), visible(cell))
        });
        Self { cells: cells.collect(), page: Page::of(&format!("<table><tbody>{}</tbody></table>", row.html())) }
    }

    pub fn texts(&self) -> Vec<&str> {
        self.cells.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The text below the head of a column.
    #[track_caller]
    pub fn cell(&self, column: &str) -> &str {
        let Some((_, text)) = self.cells.iter().find(|(name, _)| name == column) else {
            panic!("no cell is in the column {column:?}: {:?}", self.cells)
        };
        text
    }
}
