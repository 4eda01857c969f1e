//! What narrows a list, and what a page then says of folders and tags.

use super::worlds::{Chance, Known};
use crate::support::world::Answer;
use std::collections::{BTreeMap, BTreeSet};

/// What narrows a list.
#[derive(Debug)]
pub struct Narrowed {
    pub name: &'static str,
    pub environment: &'static str,
    pub folder: &'static str,
    pub tag: &'static str,
    pub owner: &'static str,
    /// What the person may do: `own`, `reveal`, `rotate` or `see`.
    pub access: &'static str,
    pub archived: bool,
    pub by_update: bool,
}

impl Narrowed {
    pub const NOT: Self = Self {
        name: "",
        environment: "",
        folder: "",
        tag: "",
        owner: "",
        access: "",
        archived: false,
        by_update: false,
    };

    pub fn by(chance: &mut Chance) -> Self {
        Self {
            name: *chance.one_of(&["", "", "ab", "AB", "_1", "1", "x", "zz1", "%"]),
            environment: *chance.one_of(&["", "", "dev", "lab", "staging", "production"]),
            folder: *chance.one_of(&["", "", "", "a", "A", "a/b", "a_", "__", "b"]),
            tag: *chance.one_of(&["", "", "", "pci", "a_b", "___", "größe"]),
            owner: *chance.one_of(&["", "", "", "vera", "Omar Haddad", "omar", "nobody", "_"]),
            access: *chance.one_of(&["", "", "own", "reveal", "rotate", "see"]),
            archived: chance.one_in(4),
            by_update: chance.one_in(2),
        }
    }

    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("name", self.name)
            .append_pair("environment", self.environment)
            .append_pair("folder", self.folder)
            .append_pair("tag", self.tag)
            .append_pair("owner", self.owner)
            .append_pair("access", self.access)
            .append_pair("state", if self.archived { "archived" } else { "" })
            .append_pair("sort", if self.by_update { "-updated" } else { "name" })
            .finish()
    }

    pub fn fits(&self, secret: &Known) -> bool {
        secret.name.to_lowercase().contains(&self.name.to_lowercase())
            && (self.environment.is_empty() || secret.environment == self.environment)
            && (self.folder.is_empty() || secret.name.starts_with(&format!("{}/", self.folder)))
            && (self.tag.is_empty() || secret.tags.iter().any(|tag| tag == self.tag))
            && (self.owner.is_empty() || secret.is_owned_by(self.owner))
            && match self.access {
                "own" => secret.uses.own,
                "reveal" => secret.uses.reveal,
                "rotate" => secret.uses.rotate,
                "see" => !secret.uses.reveal && !secret.uses.rotate,
                _ => true,
            }
            && secret.archived == self.archived
    }
}

/// The folders inside the one that is shown, with the number of secrets in each.
pub fn folders_of(mine: &[Known], narrowed: &Narrowed) -> BTreeMap<String, usize> {
    let around = if narrowed.folder.is_empty() { String::new() } else { format!("{}/", narrowed.folder) };
    let mut counts = BTreeMap::new();
    for secret in mine.iter().filter(|secret| narrowed.fits(secret)) {
        if let Some((folder, _)) = secret.name[around.len()..].split_once('/') {
            *counts.entry(folder.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// The folders that a page shows.
pub fn folders_on(answer: &Answer) -> BTreeMap<String, usize> {
    let page = answer.page();
    let items = page.has_section("Folders").then(|| page.section("Folders").items());
    let read = |item: String| {
        let (name, count) = item.split_once(' ').expect("a name and a count");
        (name.to_owned(), count.parse().expect("a number"))
    };
    items.into_iter().flatten().map(read).collect()
}

/// The tags that a page suggests.
pub fn tags_on(answer: &Answer) -> BTreeSet<String> {
    let fields = answer.page().fields().into_iter().filter(|field| field.label == "Tag");
    fields.flat_map(|field| field.options).map(|(tag, _)| tag).collect()
}
