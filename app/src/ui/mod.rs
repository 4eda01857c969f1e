//! What all pages look like.

mod assets;
pub mod browser;
mod field;
mod frame;
mod receipt;
pub mod refusal;
mod shell;
pub mod time;

pub use assets::Assets;
pub use field::{Field, field_error};
pub use frame::{Frame, console, method_in_words, plain};
pub use receipt::Receipt;
pub use shell::shell;
