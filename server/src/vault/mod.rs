//! The vault: each value is encrypted with a data key of its own, and the data key is wrapped by a
//! vault key, which is kept outside the database.

mod binding;
pub mod cli;
mod command;
mod encrypt;
mod key;
pub mod key_file;
mod key_source;
pub mod open;
pub mod rotate;
pub mod sql;
mod wrapped;

pub use binding::{Binding, Binds, OneTimeBinding, PendingBinding};
pub use encrypt::{SealError, Sealed, Vault};
pub use key::{BadKeys, Key};
pub use key_file::{KeyFile, KeyFileError};
pub use key_source::{KeySource, KeySourceError};
