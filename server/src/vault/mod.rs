//! The vault: encrypts secret values with a key that is stored in a file, outside the database.

mod encrypt;
mod key_file;
pub mod sql;

pub use encrypt::{Binding, Binds, OneTimeBinding, SealError, Sealed, Vault};
pub use key_file::{Key, KeyFile, KeyFileError};
