//! What a search found, on its way to the page or the island that shows it.

use serde::{Deserialize, Serialize};

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FoundKind {
    Page,
    Folder,
    Secret,
    Person,
}

impl FoundKind {
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Page => "Page",
            Self::Folder => "Folder",
            Self::Secret => "Secret",
            Self::Person => "Person",
        }
    }
}

/// One result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub kind: FoundKind,
    pub title: String,
    /// What tells it from others of the same name.
    pub detail: String,
    /// Its address.
    pub href: String,
}
