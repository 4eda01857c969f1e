//! All that ever hydrates. An island's props hold what its page shows already; it decides nothing.

mod copy_value;
mod enhance;
mod reveal;

pub use copy_value::{CopyValue, CopyValueProps};
pub use enhance::Enhance;
pub use reveal::{Reveal, RevealProps};
