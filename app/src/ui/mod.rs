//! What all pages look like.

pub mod browser;
mod field;
mod frame;
mod receipt;
pub mod refusal;
mod shell;
pub mod time;

pub use field::{Field, field_error};
pub use frame::{Frame, console, method_in_words, plain};
pub use receipt::Receipt;
pub use shell::shell;
