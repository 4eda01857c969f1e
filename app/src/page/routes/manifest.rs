//! The manifest: what guards each address, from the same types that decide.

use crate::page::{Batches, FormActions, OpenPage, Page, Parent, Site};
use doorward::action::{Action, Effect};
use serde::Serialize;

/// A question that is asked behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The action's name.
    pub action: &'static str,
    /// The permission that it needs, or `None` if being signed in is enough.
    pub permission: Option<&'static str>,
    /// The assurance that it needs, in words.
    pub assurance: &'static str,
    /// Whether it changes anything.
    pub changes: bool,
}

impl Question {
    /// What `A` asks for.
    #[must_use]
    pub const fn of<A: Action>() -> Self {
        Self {
            action: A::NAME,
            permission: A::PERMISSION,
            assurance: A::ASSURANCE.words(),
            changes: <A::Effect as Effect>::CHANGES,
        }
    }
}

/// Whether an address needs a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entrance {
    Guarded,
    /// It does not, for this reason.
    Open(&'static str),
}

/// One address, and everything that is asked behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteInfo {
    /// The address, with its parameters.
    pub address: &'static str,
    /// `page`, `download`, `stream` or `server function`.
    pub kind: &'static str,
    pub entrance: Entrance,
    /// The questions of its loaders, from the outside in.
    pub loaders: Vec<Question>,
    /// The questions of its actions, by their names in the form.
    pub actions: Vec<(&'static str, Question)>,
    /// The islands on it.
    pub islands: Vec<&'static str>,
    /// Whether a browser may fetch it in advance.
    pub prefetch: bool,
    /// Whether its forms may have files.
    pub takes_files: bool,
}

/// A page's line of the manifest.
#[must_use]
pub fn of_page<P: Page>() -> RouteInfo {
    let mut loaders = <P::Within as Parent>::asks();
    loaders.push(Question::of::<P::Opens>());
    RouteInfo {
        address: P::PATTERN,
        kind: "page",
        entrance: Entrance::Guarded,
        loaders,
        actions: P::Actions::asks(),
        islands: P::Site::FRAME_ISLANDS.iter().chain(P::ISLANDS).copied().collect(),
        prefetch: P::PREFETCH,
        takes_files: P::TAKES_FILES,
    }
}

/// An open page's line of the manifest.
#[must_use]
pub fn of_open_page<P: OpenPage>() -> RouteInfo {
    RouteInfo {
        address: P::PATTERN,
        kind: "page",
        entrance: Entrance::Open(P::WHY),
        loaders: Vec::new(),
        actions: Vec::new(),
        islands: P::ISLANDS.to_vec(),
        prefetch: false,
        takes_files: false,
    }
}

/// The line of the manifest of a download or a stream: `kind` says which.
#[must_use]
pub fn of_batches<B: Batches>(kind: &'static str) -> RouteInfo {
    RouteInfo {
        address: B::PATTERN,
        kind,
        entrance: Entrance::Guarded,
        loaders: vec![Question::of::<B::Opens>()],
        actions: Vec::new(),
        islands: Vec::new(),
        prefetch: false,
        takes_files: false,
    }
}
