//! Where the vault's keys come from.

use crate::vault::command::{self, CommandError};
use crate::vault::key::{self, BadKeys, Key};
use crate::vault::key_file::{KeyFile, KeyFileError};
use doorward::Randomness;
use std::fmt;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where the vault's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file, which Doorward makes and changes.
    File(PathBuf),
    /// The environment variable of this name.
    Variable(String),
    /// The output of a program with its arguments.
    Command(Vec<String>),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeySourceError {
    #[error(transparent)]
    File(#[from] KeyFileError),
    #[error("the environment variable {0} should hold the vault's keys, and is not set")]
    NoVariable(String),
    #[error("{0} {1}")]
    Bad(String, BadKeys),
    #[error("{0} {1}")]
    Command(String, CommandError),
}

impl fmt::Display for KeySource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "the key file {}", path.display()),
            Self::Variable(name) => write!(out, "the environment variable {name}"),
            // Arguments may hold a password.
            Self::Command(words) => {
                write!(out, "the command {}", words.first().map_or("", String::as_str))
            }
        }
    }
}

impl KeySource {
    /// Reads the keys; makes a file with a new key if there is none yet.
    pub fn read_or_create(&self, random: &dyn Randomness) -> Result<Vec<Key>, KeySourceError> {
        match self {
            Self::File(path) => Ok(KeyFile::open_or_create(path, random)?),
            Self::Variable(_) | Self::Command(_) => self.read(),
        }
    }

    /// Reads the keys. A file that is not there has none.
    pub fn read(&self) -> Result<Vec<Key>, KeySourceError> {
        let text = match self {
            Self::File(path) => return Ok(KeyFile::read(path)?.unwrap_or_default()),
            Self::Variable(name) => {
                let value = std::env::var_os(name).filter(|value| !value.is_empty());
                let value = value.ok_or_else(|| KeySourceError::NoVariable(name.clone()))?;
                Zeroizing::new(value.into_vec())
            }
            Self::Command(words) => command::output(words, command::LIMIT)
                .map_err(|error| KeySourceError::Command(self.to_string(), error))?,
        };
        key::parse(&text).map_err(|bad| KeySourceError::Bad(self.to_string(), bad))
    }

    /// Returns the file, if the keys are in one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Variable(_) | Self::Command(_) => None,
        }
    }
}
