//! Files about secrets: the list, and the history of one.

pub mod export;
pub mod history;
pub mod values;
