//! Policy for changes of several secrets at once. Each secret is also decided by itself, with the question of its
//! own page.

use crate::page::form::stated::StatedReason;
use crate::secrets::policy::details::look_after;
use crate::secrets::policy::{
    ArchiveSecret, BringBackSecret, EditSecret, GiveSecret, ListSecrets, RenameSecret, ShareSecret, keep, know,
};
use crate::secrets::store::{Change, Chosen, Folder, SecretFacts, Selection, What};
use doorward::action::{Action, Needed, Read, Resource, Write};
use doorward::policy::Decision;
use doorward::{Principal, SecretId};

/// Returns whether `who` may do to secrets of some environment what a selection offers.
#[must_use]
pub fn may_select(who: &Principal) -> bool {
    [EditSecret::NAME, RenameSecret::NAME, ArchiveSecret::NAME, ShareSecret::NAME]
        .into_iter()
        .any(|permission| who.holds(permission).somewhere().allows())
}

fn described(what: Option<What>, count: usize) -> Resource {
    Resource::none().with("change", what.map_or("", What::as_str)).with("secrets", count.to_string())
}

/// See what a change would do to each of some secrets.
pub struct PreviewSelected {
    pub selection: Selection,
}

impl Action for PreviewSelected {
    const NAME: &'static str = "secret.selected";
    const PERMISSION: Option<&'static str> = Some(ListSecrets::NAME);
    type Facts = ();
    type Effect = Read;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        described(self.selection.change.what(), self.selection.ids.len())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListSecrets::NAME).somewhere()
    }
}

/// Begin a change of some secrets. By itself it allows nothing.
pub struct ChangeSelected {
    pub selection: Selection,
    pub why: StatedReason,
}

impl Action for ChangeSelected {
    const NAME: &'static str = "secret.change_selected";
    const PERMISSION: Option<&'static str> = Some(ListSecrets::NAME);
    type Facts = ();
    type Effect = Write;

    fn about(&self) {}

    fn resource(&self) -> Resource {
        described(self.selection.change.what(), self.selection.ids.len())
    }

    fn decide(&self, who: &Principal, (): &()) -> Decision {
        who.holds(ListSecrets::NAME).somewhere()
    }
}

/// Add tags to a secret, or remove some.
pub struct TagSecret {
    pub id: SecretId,
    pub what: What,
    /// The number of tags. The record has no text that people wrote.
    pub tags: usize,
}

impl Action for TagSecret {
    const NAME: &'static str = EditSecret::NAME;
    const ASSURANCE: Needed = EditSecret::ASSURANCE;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("change", self.what.as_str()).with("tags", self.tags.to_string())
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        look_after(EditSecret::NAME, who, about)
    }
}

/// Move a secret to a folder: rename it, and keep the last part of its name.
pub struct MoveSecret {
    pub id: SecretId,
    /// `None` for outside of all folders.
    pub folder: Option<Folder>,
}

impl Action for MoveSecret {
    const NAME: &'static str = RenameSecret::NAME;
    const ASSURANCE: Needed = RenameSecret::ASSURANCE;
    type Facts = SecretFacts;
    type Effect = Write;

    fn about(&self) -> SecretId {
        self.id
    }

    fn resource(&self) -> Resource {
        Resource::of("secret", self.id).with("folder", self.folder.as_ref().map_or("/", Folder::as_str))
    }

    fn decide(&self, who: &Principal, about: &SecretFacts) -> Decision {
        know(who, about).and(who.holds(RenameSecret::NAME).within(&about.environment)).and(keep(who, about))
    }
}

/// Decides about one secret of a selection, as its own page would.
pub fn decide_selected(chosen: &Chosen, id: SecretId, who: &Principal, about: &SecretFacts) -> Decision {
    let why = StatedReason::default;
    let to = || match chosen {
        Chosen::Whole(Change::Share { with: name, .. } | Change::Give { to: name }) => name.clone(),
        _ => String::new(),
    };
    match chosen.what() {
        None => know(who, about),
        Some(what @ (What::AddTags | What::RemoveTags)) => TagSecret { id, what, tags: 0 }.decide(who, about),
        Some(What::Move) => MoveSecret { id, folder: None }.decide(who, about),
        Some(What::Archive) => ArchiveSecret { id, why: why() }.decide(who, about),
        Some(What::BringBack) => BringBackSecret { id, why: why() }.decide(who, about),
        Some(What::Share) => ShareSecret { id, with: to(), lasts: None, why: why() }.decide(who, about),
        Some(What::Give) => GiveSecret { id, to: to(), why: why() }.decide(who, about),
    }
}
