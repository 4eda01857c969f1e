//! Secrets: the list, one secret, its access, its history.

mod revealed;

#[cfg(feature = "ssr")]
pub mod access;
#[cfg(feature = "ssr")]
pub mod add;
#[cfg(feature = "ssr")]
pub mod canary;
#[cfg(feature = "ssr")]
pub mod details;
#[cfg(feature = "ssr")]
mod downloads;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod import;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod policy;
#[cfg(feature = "ssr")]
pub mod secret;
#[cfg(feature = "ssr")]
pub mod section;
#[cfg(feature = "ssr")]
pub mod store;
#[cfg(feature = "ssr")]
pub mod versions;

#[cfg(feature = "ssr")]
pub use access::{consumers, readers};
#[cfg(feature = "ssr")]
pub use downloads::{export, history, values};
pub use revealed::Revealed;
