//! The selection and the change, as they appear in addresses.

use super::{CHECKED, WHAT};
use crate::page::Requested;
use crate::page::error::PageError;
use crate::page::form::sentence;
use crate::secrets::access::LASTS;
use crate::secrets::store::{Change, Chosen, Folder, MOST_SELECTED, Selection, Tag, What};
use doorward::{SecretId, TimeSpan};

pub(super) const TAGS: &str = "tags";
pub(super) const FOLDER: &str = "folder";
pub(super) const WITH: &str = "with";
pub(super) const LASTING: &str = "lasts";
pub(super) const TO: &str = "to";

/// Names the place outside of all folders.
const NO_FOLDER: &str = "/";

/// Reads a selection. Of one that cannot be read whole, no part is changed: its ids or its change are left out.
pub(super) fn read(asked: &mut Requested<'_>) -> Selection {
    let invalid = || PageError::invalid(WHAT, "There is no such change.");
    let what = asked.query(WHAT, None, |text| What::parse(text).map(Some).ok_or_else(invalid));
    let change = what.map_or(Chosen::Nothing, |what| read_change(asked, what));
    let change = match what {
        Some(what) if asked.is_unreadable() => begun(what),
        _ => change,
    };
    let ids = read_ids(asked).unwrap_or_else(|failure| {
        asked.refuse(failure);
        Vec::new()
    });
    Selection { ids, change }
}

fn read_ids(asked: &mut Requested<'_>) -> Result<Vec<SecretId>, PageError> {
    let invalid = || PageError::invalid("ids", "This address is not valid.");
    let listed = asked.query("ids", String::new(), |text| Ok(text.to_owned()));
    let listed = listed.split('.').filter(|id| !id.is_empty());
    let ids = listed.chain(asked.names_after(CHECKED)).map(|id| SecretId::parse(id).map_err(|_| invalid()));
    let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_SELECTED {
        return Err(PageError::invalid("ids", format!("Select at most {MOST_SELECTED} secrets.")));
    }
    Ok(ids)
}

/// Returns a change that needs nothing more, or only its kind.
pub(super) const fn begun(what: What) -> Chosen {
    match what {
        What::Archive => Chosen::Whole(Change::Archive),
        What::BringBack => Chosen::Whole(Change::BringBack),
        What::AddTags | What::RemoveTags | What::Move | What::Share | What::Give => Chosen::Kind(what),
    }
}

fn read_change(asked: &mut Requested<'_>, what: What) -> Chosen {
    let change = match what {
        What::AddTags => asked.query(TAGS, None, read_tags).map(Change::AddTags),
        What::RemoveTags => asked.query(TAGS, None, read_tags).map(Change::RemoveTags),
        What::Move => asked.query(FOLDER, None, read_folder).map(Change::Move),
        What::Give => asked.query(TO, None, |text| read_name(TO, text)).map(|to| Change::Give { to }),
        What::Share => {
            let lasts = asked.query(LASTING, None, read_lasts);
            asked.query(WITH, None, |text| read_name(WITH, text)).map(|with| Change::Share { with, lasts })
        }
        What::Archive | What::BringBack => None,
    };
    change.map_or_else(|| begun(what), Chosen::Whole)
}

fn read_tags(text: &str) -> Result<Option<Vec<Tag>>, PageError> {
    let tags = Tag::parse_all(text).map_err(|error| PageError::invalid(TAGS, sentence(&error.to_string())))?;
    if tags.is_empty() { Err(PageError::invalid(TAGS, "Enter at least one tag.")) } else { Ok(Some(tags)) }
}

fn read_folder(text: &str) -> Result<Option<Option<Folder>>, PageError> {
    if text == NO_FOLDER {
        return Ok(Some(None));
    }
    let invalid = || PageError::invalid(FOLDER, "Enter a folder, such as team/service.");
    Folder::parse(text).map(|folder| Some(Some(folder))).ok_or_else(invalid)
}

fn read_lasts(text: &str) -> Result<Option<TimeSpan>, PageError> {
    let chosen = LASTS.into_iter().find(|(value, _, _)| *value == text);
    chosen.map(|(_, _, lasts)| lasts).ok_or_else(|| PageError::invalid(LASTING, "Choose one of these."))
}

fn read_name(field: &'static str, text: &str) -> Result<Option<String>, PageError> {
    let name = text.to_lowercase();
    let fits = name.len() <= 64 && !name.chars().any(char::is_control);
    if fits { Ok(Some(name)) } else { Err(PageError::invalid(field, "Give a sign-in name.")) }
}

/// Returns the values of a change, as its fields have them.
pub(super) fn values(change: &Chosen) -> Vec<(&'static str, String)> {
    let Chosen::Whole(change) = change else { return Vec::new() };
    match change {
        Change::AddTags(tags) | Change::RemoveTags(tags) => {
            vec![(TAGS, tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" "))]
        }
        Change::Move(folder) => vec![(FOLDER, folder.as_ref().map_or(NO_FOLDER, Folder::as_str).to_owned())],
        Change::Share { with, lasts } => {
            let lasts = LASTS.into_iter().find(|(_, _, span)| span == lasts).map_or("", |(value, _, _)| value);
            vec![(WITH, with.clone()), (LASTING, lasts.to_owned())]
        }
        Change::Give { to } => vec![(TO, to.clone())],
        Change::Archive | Change::BringBack => Vec::new(),
    }
}

/// Returns the ids as one value.
pub(super) fn joined(ids: &[SecretId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

pub(super) fn parameters(selection: &Selection) -> Vec<(&'static str, String)> {
    let what = selection.change.what().map_or("", What::as_str);
    let mut parameters = vec![(WHAT, what.to_owned()), ("ids", joined(&selection.ids))];
    parameters.extend(values(&selection.change));
    parameters
}
