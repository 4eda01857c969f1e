//! The filter of the list of secrets, as it appears in addresses.

use crate::page::error::PageError;
use crate::page::form::sentence;
use crate::page::{Requested, Sort, SortKey};
use crate::secrets::store::{Folder, RotationState, Tag};
use doorward::{Environment, SecretId};

const LAST_PAGE: u32 = 100_000;

const LONGEST_NAME: usize = 128;

/// The values of `state`.
pub(super) const IN_USE: &str = "used";
pub(super) const ARCHIVED: &str = "archived";

/// What the list is sorted by. There are no others: an index serves each of these in both directions, so that a page of a
/// large vault is read without sorting it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretKey {
    #[default]
    Name,
    /// The latest change.
    Updated,
}

impl SortKey for SecretKey {
    const KEYS: &'static [(&'static str, Self)] = &[("name", Self::Name), ("-updated", Self::Updated)];
}

/// What the user may do with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uses {
    /// They own it.
    Own,
    Reveal,
    Rotate,
    /// Neither reveal nor rotate it.
    See,
}

impl Uses {
    /// Each with its value in addresses and its label.
    pub(super) const ALL: [(&'static str, &'static str, Self); 4] = [
        ("own", "You own it", Self::Own),
        ("reveal", "You may reveal it", Self::Reveal),
        ("rotate", "You may rotate it", Self::Rotate),
        ("see", "You may only see it", Self::See),
    ];

    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, _, known)| *known == self).map_or("", |(value, ..)| value)
    }
}

/// The filter of the list, all of which is in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Part of the name; empty for all names.
    pub name: String,
    /// One environment, or `None` for all.
    pub environment: Option<Environment>,
    /// The folder, with those inside it.
    pub folder: Option<Folder>,
    pub tag: Option<Tag>,
    /// The owner's sign-in name or display name, in lower case; empty for all.
    pub owner: String,
    /// What the user may do, or `None` for everything that is listed.
    pub uses: Option<Uses>,
    /// Whether archived secrets are listed, and no others.
    pub archived: bool,
    pub sort: Sort<SecretKey>,
    /// The page number, starting at 1.
    pub page: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            name: String::new(),
            environment: None,
            folder: None,
            tag: None,
            owner: String::new(),
            uses: None,
            archived: false,
            sort: Sort::default(),
            page: 1,
        }
    }
}

fn read_environment(text: &str) -> Result<Option<Environment>, PageError> {
    Environment::parse(text).map(Some).map_err(|error| PageError::invalid("environment", error.to_string()))
}

fn read_folder(text: &str) -> Result<Option<Folder>, PageError> {
    let invalid = || PageError::invalid("folder", "Enter a folder, such as team/service.");
    Folder::parse(text).map(Some).ok_or_else(invalid)
}

fn read_owner(text: &str) -> Result<String, PageError> {
    let fits = text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
    let invalid = || PageError::invalid("owner", "A name has at most 128 characters.");
    if fits { Ok(text.trim().to_lowercase()) } else { Err(invalid()) }
}

fn read_uses(text: &str) -> Result<Option<Uses>, PageError> {
    let uses = Uses::ALL.iter().find(|(value, ..)| *value == text).map(|(_, _, uses)| Some(*uses));
    uses.ok_or_else(|| PageError::invalid("access", "Enter “own”, “reveal”, “rotate” or “see”."))
}

fn read_page(text: &str) -> Result<u32, PageError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let page = text.parse().ok().filter(|page| digits && (1..=LAST_PAGE).contains(page));
    page.ok_or_else(|| PageError::invalid("page", "Enter the number of a page, such as 2."))
}

impl Filter {
    pub(super) fn read(asked: &mut Requested<'_>) -> Self {
        let name = asked.query("name", String::new(), |text| {
            let fits = text.len() <= LONGEST_NAME && !text.contains('\0');
            fits.then(|| text.to_owned())
                .ok_or_else(|| PageError::invalid("name", "A name has at most 128 characters."))
        });
        let environment = asked.query("environment", None, read_environment);
        let folder = asked.query("folder", None, read_folder);
        let tag = asked.query("tag", None, |text| {
            let read = Tag::parse(text).map(Some);
            read.map_err(|error| PageError::invalid("tag", sentence(&error.to_string())))
        });
        let owner = asked.query("owner", String::new(), read_owner);
        let uses = asked.query("access", None, read_uses);
        let archived = asked.query("state", false, |text| match text {
            IN_USE => Ok(false),
            ARCHIVED => Ok(true),
            _ => Err(PageError::invalid("state", "Enter “used” or “archived”.")),
        });
        let sort = Sort::read(asked);
        let page = asked.query("page", 1, read_page);
        Self { name, environment, folder, tag, owner, uses, archived, sort, page }
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let environment = self.environment.as_ref().map(ToString::to_string);
        vec![
            ("name", self.name.clone()),
            ("environment", environment.unwrap_or_default()),
            ("folder", self.folder.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("tag", self.tag.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("owner", self.owner.clone()),
            ("access", self.uses.map(Uses::as_str).unwrap_or_default().to_owned()),
            ("state", if self.archived { ARCHIVED.to_owned() } else { String::new() }),
            self.sort.parameter(),
            ("page", if self.page == 1 { String::new() } else { self.page.to_string() }),
        ]
    }

    pub(super) const fn is_narrowed(&self) -> bool {
        !self.name.is_empty()
            || self.environment.is_some()
            || self.folder.is_some()
            || self.tag.is_some()
            || !self.owner.is_empty()
            || self.uses.is_some()
            || self.archived
    }
}

/// The filter of the list of rotations, all of which is in the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationFilter {
    /// One environment, or `None` for all.
    pub environment: Option<Environment>,
    /// The folder, with those inside it.
    pub folder: Option<Folder>,
    /// `None` for every secret that has a period.
    pub state: Option<RotationState>,
    /// Whether only secrets are listed that the user owns or was granted.
    pub own: bool,
    /// The page number, starting at 1.
    pub page: u32,
}

impl Default for RotationFilter {
    fn default() -> Self {
        Self { environment: None, folder: None, state: None, own: false, page: 1 }
    }
}

impl RotationFilter {
    pub(super) fn read(asked: &mut Requested<'_>) -> Self {
        let environment = asked.query("environment", None, read_environment);
        let folder = asked.query("folder", None, read_folder);
        let state = asked.query("state", None, |text| {
            let state = RotationState::ALL.into_iter().find(|state| state.as_str() == text);
            state.map(Some).ok_or_else(|| PageError::invalid("state", "Choose one of these states."))
        });
        let own = asked.query("whose", false, |text| match text {
            "own" => Ok(true),
            _ => Err(PageError::invalid("whose", "Enter “own”, or nothing.")),
        });
        Self { environment, folder, state, own, page: asked.query("page", 1, read_page) }
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("environment", self.environment.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("folder", self.folder.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("state", self.state.map(RotationState::as_str).unwrap_or_default().to_owned()),
            ("whose", if self.own { "own".to_owned() } else { String::new() }),
            ("page", if self.page == 1 { String::new() } else { self.page.to_string() }),
        ]
    }
}

/// The position after which the next batch of an export begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct After {
    /// The name of the last row; empty at the beginning.
    pub name: String,
    /// The id of the last row.
    pub id: Option<SecretId>,
}
