//! What all pages look like.

mod assets;
mod badge;
pub mod browser;
pub mod chart;
mod field;
mod form_token;
mod frame;
pub mod passkey_form;
mod receipt;
pub mod refusal;
mod session_table;
mod shell;
pub mod time;
mod words;
mod xray;

pub use assets::Assets;
pub use badge::{decision_badge, outcome_in_words};
pub use field::{Field, field_error};
pub use form_token::{FORM_TOKEN, form_token, read_form_token};
pub use frame::{Frame, console, plain};
pub use receipt::Receipt;
pub use session_table::session_table;
pub use shell::{failed, shell};
pub use words::{kind_in_words, method_in_words};
pub use xray::{PLACE as XRAY_PLACE, Xray};
