//! The vault: secret values sealed by a key that stands in a file of its own, outside the database.

mod encrypt;
mod key_file;
pub mod sql;

pub use encrypt::{Binding, Binds, OneTimeBinding, SealError, Sealed, Vault};
pub use key_file::{Key, KeyFile, KeyFileError};
