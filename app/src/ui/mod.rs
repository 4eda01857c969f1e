//! Components that know no subject.

mod badge;
pub mod browser;
pub mod chart;
mod field;
mod labels;
pub mod time;

pub use badge::{decision_badge, outcome_in_words};
pub use field::{Field, field_error};
pub use labels::{kind_in_words, method_in_words};
