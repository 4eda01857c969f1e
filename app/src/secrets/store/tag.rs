//! Tags and folders: how people find secrets beside their names.

use doorward::{DisplayName, SecretName};
use std::fmt;

/// In characters.
pub const LONGEST_TAG: usize = 40;
/// The number of tags that a secret may have.
pub const MOST_TAGS: usize = 20;

/// A tag: letters and digits of any script, in lower case, and `- _ . : /`. So it has nothing that is invisible, changes
/// the direction of text, or separates tags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(Box<str>);

/// Why a text is not a list of tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTag {
    #[error("“{0}” is not a tag: use letters, digits and - _ . : /, at most 40 of them")]
    Form(String),
    #[error("a secret has at most 20 tags")]
    TooMany,
}

impl Tag {
    /// Parses one tag.
    pub fn parse(text: &str) -> Result<Self, BadTag> {
        let text = text.trim().to_lowercase();
        let letters = text.chars().all(|letter| letter.is_alphanumeric() || "-_.:/".contains(letter));
        let fits = letters && text.chars().count() <= LONGEST_TAG && DisplayName::parse(&text).is_ok();
        if fits { Ok(Self(text.into())) } else { Err(BadTag::Form(shown(&text))) }
    }

    /// Parses tags with commas or blanks between them. Each counts once; they are sorted.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, BadTag> {
        let parts = text.split([',', ' ', '\t', '\r', '\n']).filter(|part| !part.is_empty());
        let mut tags = parts.map(Self::parse).collect::<Result<Vec<_>, _>>()?;
        tags.sort();
        tags.dedup();
        if tags.len() > MOST_TAGS { Err(BadTag::TooMany) } else { Ok(tags) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The beginning of a text that is not a tag, with what cannot be seen made visible.
fn shown(text: &str) -> String {
    let visible = |letter: char| {
        let is_plain = DisplayName::parse(&letter.to_string()).is_ok();
        if is_plain { letter.to_string() } else { letter.escape_unicode().to_string() }
    };
    text.chars().take(LONGEST_TAG).map(visible).collect()
}

/// A folder: the beginning of names up to a slash, such as `team/service`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(Box<str>);

impl Folder {
    /// Parses a folder. Returns `None` if no name of a secret can begin like this.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = SecretName::parse(text).ok()?;
        Some(Self(name.as_str().into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the folders around it, from the outermost to itself: the last part of the name, and the whole.
    #[must_use]
    pub fn path(&self) -> Vec<(&str, Self)> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).chain([self.0.len()]);
        let whole = ends.map(|end| &self.0[..end]);
        whole.map(|whole| (whole.rsplit('/').next().unwrap_or_default(), Self(whole.into()))).collect()
    }

    /// Returns the folder of this name inside `around`.
    #[must_use]
    pub fn within(around: Option<&Self>, name: &str) -> Self {
        Self(around.map_or_else(|| name.to_owned(), |around| format!("{}/{name}", around.0)).into())
    }

    /// Returns the first folder below `around` in which a secret is, or `None` if it is in `around` itself.
    #[must_use]
    pub fn first_below<'a>(around: Option<&Self>, name: &'a str) -> Option<&'a str> {
        let rest = around.map_or(Some(name), |around| name.strip_prefix(around.as_str())?.strip_prefix('/'))?;
        rest.split_once('/').map(|(first, _)| first).filter(|first| !first.is_empty())
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_shows_all_that_it_is() {
        for good in ["pci", "team:billing", "größe", "a-b_c.d/e", "王", "عمر"] {
            assert_eq!(Tag::parse(good).map(|tag| tag.to_string()), Ok(good.to_owned()));
        }
        assert_eq!(Tag::parse(" PCI ").map(|tag| tag.to_string()), Ok("pci".to_owned()));
        for bad in [
            "",
            "a b",
            "a,b",
            "a\u{202E}b",
            "a\u{200B}b",
            "\u{3164}",
            "a\u{200D}",
            "<script>",
            "a%",
            "e\u{301}",
            &"a".repeat(41),
        ] {
            assert!(matches!(Tag::parse(bad), Err(BadTag::Form(_))), "{bad:?}");
        }
        let said = Tag::parse("a\u{202E}b").unwrap_err().to_string();
        assert!(said.contains("a\\u{202e}b"), "{said}");
    }

    #[test]
    fn tags_are_sorted_and_each_counts_once() {
        let tags = Tag::parse_all("b, a  B,,c\r\n").unwrap();
        assert_eq!(tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
        let many: Vec<String> = (0..21).map(|number| format!("t{number}")).collect();
        assert_eq!(Tag::parse_all(&many.join(" ")), Err(BadTag::TooMany));
        assert_eq!(Tag::parse_all(" ,, "), Ok(Vec::new()));
    }

    #[test]
    fn a_folder_is_the_beginning_of_names() {
        let folder = Folder::parse("team/service").unwrap();
        let path: Vec<_> = folder.path().into_iter().map(|(name, whole)| format!("{name}={whole}")).collect();
        assert_eq!(path, ["team=team", "service=team/service"]);
        let around = Folder::parse("team");
        assert_eq!(Folder::first_below(around.as_ref(), "team/service/key"), Some("service"));
        assert_eq!(Folder::first_below(around.as_ref(), "team/key"), None);
        assert_eq!(Folder::first_below(around.as_ref(), "teams/service/key"), None);
        assert_eq!(Folder::first_below(None, "team/key"), Some("team"));
        for bad in ["", "/", "a/", "/a", "a//b", "a/../b", "a%", "%", "a b", "é"] {
            assert!(Folder::parse(bad).is_none(), "{bad:?}");
        }
    }
}
