//! Imports in the console: what the page shows, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use async_trait::async_trait;
use doorward::Environment;
use doorward::guard::Asked;
use zeroize::Zeroizing;

/// The largest text, in bytes.
pub const LARGEST_IMPORT: usize = 1024 * 1024;

/// The most names in it.
pub const MOST_IMPORTED: usize = 1000;

/// A file to import, or a text that was pasted.
pub struct ImportFile {
    /// The name of the file. Empty if the text was pasted.
    pub name: String,
    pub text: Zeroizing<String>,
}

/// What happens to secrets that exist already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They keep their values.
    Skip,
    /// They get a new version.
    Rotate,
}

impl Existing {
    /// Returns the value in forms and as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Rotate => "rotate",
        }
    }

    /// Parses what [`Existing::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Skip, Self::Rotate].into_iter().find(|existing| existing.as_str() == text)
    }
}

/// What becomes of a name. Values are never compared: whoever may not reveal a value must not learn
/// whether a guess of it is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A new secret.
    New,
    /// A new version of a secret.
    NewVersion,
    /// It exists, and keeps its value.
    Kept,
    /// It exists, and the user may not change it, or it is of another kind.
    Conflict,
    /// It has no value in the file.
    NoValue,
}

/// A name in a preview.
#[derive(Clone, Debug)]
pub struct PreviewRow {
    pub name: String,
    /// The line on which it stands.
    pub line: usize,
    /// The size of the value, in bytes.
    pub bytes: usize,
    pub becomes: Becomes,
}

/// What an import would do.
#[derive(Clone, Debug)]
pub struct ImportPreview {
    /// Names the import to be confirmed. It counts in this session only.
    pub id: String,
    pub environment: Environment,
    pub rows: Vec<PreviewRow>,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    pub changed: usize,
    pub kept: usize,
}

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The text cannot be read; the sentence names the line and no part of a value.
    #[error("{0}")]
    Text(String),
    /// It exists, and may not be changed.
    #[error("{0} exists already, and you cannot change it")]
    Conflict(String),
    #[error("there is no such preview any more")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports secrets.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Returns the environments into which the principal may import.
    async fn environments_to_import(&self, permit: Permit<policy::AskToImport>)
    -> Result<Vec<Environment>, StoreError>;

    /// Reads a file and keeps it, encrypted, for this session's confirmation.
    async fn preview_import(
        &self,
        permit: Permit<policy::PreviewImport>,
        file: ImportFile,
        existing: Existing,
    ) -> Result<ImportPreview, ImportError>;

    /// Imports what was previewed under `id`, once: everything with a record for each secret, or
    /// nothing.
    async fn import_secrets(
        &self,
        permit: Permit<policy::ImportSecrets>,
        asked: &Asked,
        id: &str,
    ) -> Result<Imported, ImportError>;
}
