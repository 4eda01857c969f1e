//! The vault: secret values sealed by a key that stands in a file of its own, outside the database.

mod key_file;
mod seal;

pub use key_file::{Key, KeyFile, KeyFileError};
pub use seal::{Binding, Binds, OneTimeBinding, SealError, Sealed, Vault};
