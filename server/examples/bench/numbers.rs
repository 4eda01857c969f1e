//! Tables, and the numbers in them.

use std::time::Duration;

/// Durations in order.
pub struct Sorted(Vec<Duration>);

impl Sorted {
    /// Puts durations in order.
    pub fn new(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The one below which so many of a hundred lie.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.permille(percent * 10)
    }

    /// The one below which so many of a thousand lie.
    pub fn permille(&self, part: usize) -> Duration {
        let place = (self.0.len() * part).div_ceil(1000).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.percentile(100)
    }
}

/// One duration by another.
pub fn ratio(one: Duration, other: Duration) -> String {
    format!("{:.2}", one.as_secs_f64() / other.as_secs_f64().max(f64::EPSILON))
}

/// In microseconds.
pub fn micros(duration: Duration) -> String {
    format!("{:.0} µs", duration.as_secs_f64() * 1e6)
}

/// In milliseconds.
pub fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// Prints a table in Markdown; the first column is text, the others are numbers.
pub fn print(head: &[&str], rows: &[Vec<String>]) {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let all = || std::iter::once(&head).chain(rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    };
    line(&head);
    let rules = widths
        .iter()
        .enumerate()
        .map(|(column, width)| format!("{}{}", "-".repeat(width + 1), if column == 0 { "-" } else { ":" }));
    println!("|{}|", rules.collect::<Vec<_>>().join("|"));
    rows.iter().for_each(line);
    println!();
}
