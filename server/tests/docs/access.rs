//! The place of the new page.

#[path = "../../../docs/examples/glossary.rs"]
pub mod glossary;
