//! Backup and restore: every table, in one encrypted file that either database engine can load.

pub mod cli;
mod dump;
mod encrypted;
mod format;
mod load;
mod tables;
mod unlock;

pub use dump::{DumpError, dump};
pub use encrypted::BadFile;
pub use load::{LoadError, Loaded, each_row, load, verify};
pub use unlock::{Lock, RecoveryKey, RecoveryKeyError, Unlock};
