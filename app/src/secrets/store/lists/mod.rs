//! Lists of secrets, and what is done to several of them at once.

mod selected;

use super::{Folder, SecretKind};
use crate::secrets::filter::After;
use doorward::{Environment, SecretId, Timestamp};
pub use selected::{Change, Chosen, MOST_SELECTED, NotDone, Selected, SelectedRow, Selection, Verdict, What};

/// The number of rows on a page.
pub const PAGE_ROWS: u32 = 50;

/// The number of rows in a batch of the export.
pub const BATCH_ROWS: u32 = 500;

/// Why a secret is in a user's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The user owns it.
    Owner,
    /// The user has a grant.
    Granted,
    /// The user's role sees every secret of the environment.
    Role,
}

/// A row of the list.
#[derive(Clone, Debug)]
pub struct SecretRow {
    pub id: SecretId,
    pub name: String,
    pub environment: Environment,
    /// Whether its environment is marked.
    pub protected: bool,
    /// The owner's display name.
    pub owner: String,
    pub kind: SecretKind,
    /// When its certificate ends, if it is one.
    pub expires: Option<Timestamp>,
    /// The current version.
    pub version: i64,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Why it is listed.
    pub access: Access,
}

/// A folder of a very long list is said to hold more than this many secrets.
pub const COUNTED: i64 = 500;

/// A folder with the secrets in it that the user may know of. In a very long list they are counted to one more than
/// [`COUNTED`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderCount {
    pub folder: Folder,
    pub secrets: i64,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Listing {
    pub rows: Vec<SecretRow>,
    /// The number of rows on all pages.
    pub total: i64,
    /// The environments in which the user may see something, for the filter.
    pub environments: Vec<Environment>,
    /// The folders inside the one that is shown, with the number of secrets in each.
    pub folders: Vec<FolderCount>,
    /// Whether there are more folders than are listed.
    pub has_more_folders: bool,
    /// Tags of secrets that the user may know of, for the filter.
    pub tags: Vec<String>,
    /// The tags of the rows.
    pub row_tags: Vec<(SecretId, String)>,
    /// Whether the user may export the list.
    pub may_export: bool,
    /// Whether the user may export values of some environment.
    pub may_export_values: bool,
    /// Whether the user may add a secret to some environment.
    pub may_add: bool,
    /// Whether the user may see the list of canaries.
    pub may_see_canaries: bool,
    /// Whether there is something that the user may do to several secrets.
    pub may_select: bool,
}

/// A batch of rows of an export.
#[derive(Clone, Debug)]
pub struct Export {
    pub rows: Vec<SecretRow>,
    /// The position of the next batch, or `None` at the end.
    pub next: Option<After>,
}
