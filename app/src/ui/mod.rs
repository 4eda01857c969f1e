//! What all pages look like.

mod assets;
mod badge;
pub mod browser;
mod field;
mod frame;
mod receipt;
pub mod refusal;
mod shell;
pub mod time;
mod xray;

pub use assets::Assets;
pub use badge::decision_badge;
pub use field::{Field, field_error};
pub use frame::{Frame, console, method_in_words, plain};
pub use receipt::Receipt;
pub use shell::{failed, shell};
pub use xray::{PLACE as XRAY_PLACE, Xray};
