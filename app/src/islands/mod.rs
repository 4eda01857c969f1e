//! All that ever hydrates. An island decides nothing, and has no props: to read them would bring a JSON reader of 20 kB
//! into the browser. It finds what it needs in what the server rendered.

mod copy_value;
mod enhance;
mod follow;
mod palette;
mod passkey;
mod reveal;
mod value;
mod watch;

pub use copy_value::{CopyValue, CopyValueProps, PrintPage, PrintPageProps};
pub use enhance::{BROUGHT, Enhance};
pub use follow::Follow;
pub use palette::Palette;
pub use passkey::Passkey;
#[cfg(feature = "ssr")]
pub use reveal::{Reveal, RevealProps};
pub use watch::Watch;
