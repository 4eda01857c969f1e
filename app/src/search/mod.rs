//! Search over everything that the user may know of: pages, folders, secrets, people.

mod ask;
mod found;

#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod policy;
#[cfg(feature = "ssr")]
pub mod store;

pub use ask::search_for;
pub use found::{Found, FoundKind};
