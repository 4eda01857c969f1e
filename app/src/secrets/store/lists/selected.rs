//! What is done to several secrets at once: the change, what would become of each secret, and the store trait.

use crate::backend::{Permit, StoreError};
use crate::secrets::policy;
use crate::secrets::store::{Folder, Tag};
use async_trait::async_trait;
use doorward::guard::{Asked, Refused, Unavailable};
use doorward::{Environment, Reason, RefusalKind, SecretId, TimeSpan};

/// The most secrets that are changed at once.
pub const MOST_SELECTED: usize = 100;

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    AddTags,
    RemoveTags,
    Move,
    Archive,
    BringBack,
    Share,
    Give,
}

impl What {
    pub const ALL: [Self; 7] =
        [Self::AddTags, Self::RemoveTags, Self::Move, Self::Share, Self::Give, Self::Archive, Self::BringBack];

    /// Returns the value in addresses and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddTags => "add-tags",
            Self::RemoveTags => "remove-tags",
            Self::Move => "move",
            Self::Archive => "archive",
            Self::BringBack => "bring-back",
            Self::Share => "share",
            Self::Give => "give",
        }
    }

    /// Parses what [`What::as_str`] returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == text)
    }
}

/// A change with all that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    AddTags(Vec<Tag>),
    RemoveTags(Vec<Tag>),
    /// `None` for outside of all folders.
    Move(Option<Folder>),
    Archive,
    BringBack,
    Share {
        /// The recipient's sign-in name.
        with: String,
        lasts: Option<TimeSpan>,
    },
    Give {
        /// The new owner's sign-in name.
        to: String,
    },
}

impl Change {
    #[must_use]
    pub const fn what(&self) -> What {
        match self {
            Self::AddTags(_) => What::AddTags,
            Self::RemoveTags(_) => What::RemoveTags,
            Self::Move(_) => What::Move,
            Self::Archive => What::Archive,
            Self::BringBack => What::BringBack,
            Self::Share { .. } => What::Share,
            Self::Give { .. } => What::Give,
        }
    }
}

/// Some secrets, and what is to be done to each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Each once, in order.
    pub ids: Vec<SecretId>,
    pub change: Chosen,
}

/// A change, as far as somebody has said what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    Nothing,
    Kind(What),
    Whole(Change),
}

impl Chosen {
    #[must_use]
    pub const fn what(&self) -> Option<What> {
        match self {
            Self::Nothing => None,
            Self::Kind(what) => Some(*what),
            Self::Whole(change) => Some(change.what()),
        }
    }
}

/// What would become of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// There is nothing to change.
    Stays,
    /// It has these tags afterwards.
    Tags(Vec<Tag>),
    /// Its name afterwards.
    Named(String),
    /// None of this id, or one that the user may not know of.
    Unknown,
    NotAllowed,
    IsArchived,
    /// Nobody gives themselves anything.
    Oneself,
    /// Another secret has this name, or another one of the selection gets it.
    Taken(String),
    /// The name would be too long.
    BadName(String),
    TooManyTags,
    /// It is archived, or in use, already.
    Already,
    Nobody,
    /// A disabled account, or not a person's.
    Unfit,
    Owner,
    /// It was changed after it was shown.
    Changed,
}

impl Verdict {
    /// Returns whether the change can be made.
    #[must_use]
    pub const fn allows(&self) -> bool {
        matches!(self, Self::Allowed | Self::Stays | Self::Tags(_) | Self::Named(_))
    }

    /// Returns the verdict for a refusal, or `None` if that is not about the secret.
    #[must_use]
    pub fn of(refused: &Refused) -> Option<Self> {
        match (refused.refusal.answer, refused.reason()) {
            (RefusalKind::NotFound, _) => Some(Self::Unknown),
            (RefusalKind::Forbidden, reason) => Some(Self::because(reason)),
            (RefusalKind::SignIn | RefusalKind::Confirm | RefusalKind::Unavailable | RefusalKind::NeedsReason, _) => {
                None
            }
        }
    }

    /// Returns the verdict for a reason of the policy.
    #[must_use]
    pub const fn because(reason: Option<Reason>) -> Self {
        match reason {
            Some(Reason::Archived) => Self::IsArchived,
            Some(Reason::SamePerson) => Self::Oneself,
            Some(Reason::Hidden | Reason::NoSuchRecord) => Self::Unknown,
            _ => Self::NotAllowed,
        }
    }

    #[must_use]
    pub fn in_words(&self) -> String {
        let words = match self {
            Self::Allowed => "Can be changed",
            Self::Stays => "Stays as it is",
            Self::Tags(tags) if tags.is_empty() => "Has no tags then",
            Self::Tags(tags) => {
                let tags: Vec<&str> = tags.iter().map(Tag::as_str).collect();
                return format!("Has these tags then: {}", tags.join(", "));
            }
            Self::Named(name) => return format!("Is named {name} then"),
            Self::Unknown => "It does not exist, or you do not have access to it",
            Self::NotAllowed => "You do not have permission to do this to it",
            Self::IsArchived => "It is archived",
            Self::Oneself => "Nobody gives themselves access or ownership",
            Self::Taken(name) => return format!("Another secret is, or would be, named {name} in this environment"),
            Self::BadName(name) => return format!("{name} is too long for a name"),
            Self::TooManyTags => "It would have more than 20 tags",
            Self::Already => "It is so already",
            Self::Nobody => "Nobody has this sign-in name",
            Self::Unfit => "The account is disabled, or does not belong to a person",
            Self::Owner => "They own it already",
            Self::Changed => "It was changed after you saw it. Look at it again",
        };
        words.to_owned()
    }
}

/// A row of the preview.
#[derive(Clone, Debug)]
pub struct SelectedRow {
    pub id: SecretId,
    /// The name, the environment, and whether it is marked. `None` for a secret that the user may not know of.
    pub named: Option<(String, Environment, bool)>,
    /// Changes with each change of the secret.
    pub state: String,
    pub verdict: Verdict,
}

/// Why nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotDone {
    #[error("the form was sent before")]
    SentBefore,
    /// There is no secret, or no change.
    #[error("it was not said what to change")]
    Unsaid,
    /// Some secrets cannot be changed.
    #[error("some secrets cannot be changed")]
    Rows(Vec<(SecretId, Verdict)>),
    /// The session is refused, or has to be confirmed first.
    #[error("it was refused")]
    Refused(Refused),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unavailable> for NotDone {
    fn from(error: Unavailable) -> Self {
        Self::Store(error.into())
    }
}

/// Changes several secrets at once.
#[async_trait]
pub trait Selected: Send + Sync {
    /// Returns what would become of each secret.
    async fn preview_selected(&self, permit: Permit<policy::PreviewSelected>) -> Result<Vec<SelectedRow>, StoreError>;

    /// Changes all of them, or none. Each is decided and recorded by itself, as on its own page. `states` are those that
    /// the form was made from. A form with a token does its work once.
    async fn change_selected(
        &self,
        permit: Permit<policy::ChangeSelected>,
        asked: &Asked,
        states: &[String],
        form: Option<&str>,
    ) -> Result<(), NotDone>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_done_is_allowed() {
        for verdict in [Verdict::Allowed, Verdict::Stays, Verdict::Tags(Vec::new()), Verdict::Named("a".to_owned())] {
            assert!(verdict.allows(), "{verdict:?}");
        }
        for reason in Reason::ALL {
            assert!(!Verdict::because(Some(reason)).allows(), "{reason:?}");
        }
        assert_eq!(What::ALL.map(|what| What::parse(what.as_str())), What::ALL.map(Some));
    }
}
