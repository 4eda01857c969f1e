//! All that ever hydrates. An island's props hold what its page shows already; it decides nothing.

mod copy_value;
mod enhance;
mod reveal;
mod value;

pub use copy_value::{CopyValue, CopyValueProps};
pub use enhance::Enhance;
#[cfg(feature = "ssr")]
pub use reveal::{Reveal, RevealProps};
#[cfg(feature = "ssr")]
pub use value::{ValueOf, value_of};
