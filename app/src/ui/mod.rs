//! Components that know no subject. The server renders them; of these files only `relative_time` reaches the browser.

pub mod relative_time;

#[cfg(feature = "ssr")]
mod badge;
#[cfg(feature = "ssr")]
pub mod browser;
#[cfg(feature = "ssr")]
pub mod chart;
#[cfg(feature = "ssr")]
mod field;
#[cfg(feature = "ssr")]
mod labels;
#[cfg(feature = "ssr")]
mod panel;
#[cfg(feature = "ssr")]
mod table;
#[cfg(feature = "ssr")]
pub mod time;

#[cfg(feature = "ssr")]
pub use badge::{decision_badge, environment_mark, outcome_in_words, protected_mark};
#[cfg(feature = "ssr")]
pub use field::{
    Because, Choice, Field, FileField, Select, TextArea, because_asked, because_asked_in_row, because_in_row,
    field_error,
};
#[cfg(feature = "ssr")]
pub use labels::{kind_in_words, method_in_words};
#[cfg(feature = "ssr")]
pub use panel::{Empty, PageHeader, Panel};
#[cfg(feature = "ssr")]
pub use table::{Column, PageOf, Pager, Sorted, Table, sort_field};
