//! Typed addresses: a page is named by its type, read from what was asked for once, and written by itself.

pub mod sort;

use crate::page::Site;
use crate::page::context::RequestContext;
use crate::page::error::PageError;
use crate::page::form::Form;
use doorward::{DeliveryId, GroupId, IdentityId, LocalPath, RecordId, RevocationId, SecretId};

/// The pattern of a page's path. `routes!` implements it for each page in its table.
pub trait Routed {
    /// For example `/secrets/:id`.
    const PATTERN: &'static str;
}

/// The address of one page or download: its pattern, and the values in it.
pub trait Address: Routed + Clone + Send + Sync + 'static {
    /// Reads the values from the requested address, once. A value that cannot be read is noted in `asked`, and answered
    /// with 422 after the decision.
    fn at(asked: &mut Requested<'_>) -> Self;

    /// Returns the values: those that the pattern names, then those of the query. Empty values of the query are left out
    /// of the address.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Returns the address for a link.
    fn href(&self) -> String {
        let mut query = String::new();
        let parameters = self.parameters();
        for (name, value) in parameters.iter().filter(|(name, value)| !value.is_empty() && !is_segment::<Self>(name)) {
            query.push(if query.is_empty() { '?' } else { '&' });
            query.push_str(name);
            query.push('=');
            query.push_str(&escape(value));
        }
        let value_of = |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| escape(value));
        let segments = Self::PATTERN.split('/').map(|segment| match segment.strip_prefix(':') {
            Some(name) => value_of(name).unwrap_or_default(),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/") + &query
    }

    /// Returns the address as the target of a redirect.
    fn path(&self) -> LocalPath {
        LocalPath::parse(&self.href()).unwrap_or_else(|_| LocalPath::home())
    }
}

fn is_segment<P: Routed>(name: &str) -> bool {
    P::PATTERN.split('/').any(|segment| segment.strip_prefix(':') == Some(name))
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b' ' => escaped.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) => escaped.push(byte as char),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}

/// The requested address, from which a page reads its values.
pub struct Requested<'a> {
    pattern: &'static str,
    path: &'a str,
    query: &'a Form,
    unreadable: Option<PageError>,
}

impl<'a> Requested<'a> {
    /// Returns the address of `request`, to be read by the pattern of `P`.
    #[must_use]
    pub fn of<P: Routed, S: Site>(request: &'a RequestContext<S>) -> Self {
        let address = request.address.as_ref().map_or("", LocalPath::as_str);
        let path = address.split('?').next().unwrap_or_default();
        Self { pattern: P::PATTERN, path, query: &request.query, unreadable: None }
    }

    /// Returns the segment of the path that the pattern names, as it was sent. The router's own parameters are decoded,
    /// so several addresses would name one thing.
    #[must_use]
    pub fn segment(&self, name: &str) -> &'a str {
        let mut pairs = self.pattern.split('/').zip(self.path.split('/'));
        pairs.find(|(segment, _)| segment.strip_prefix(':') == Some(name)).map_or("", |(_, text)| text)
    }

    /// Returns a value of the query, or `usual` if it is missing or cannot be read.
    pub fn query<T>(&mut self, name: &str, usual: T, read: impl FnOnce(&str) -> Result<T, PageError>) -> T {
        match self.query.text(name) {
            "" => usual,
            text => read(text).unwrap_or_else(|failure| {
                self.unreadable.get_or_insert(failure);
                usual
            }),
        }
    }

    /// Returns what follows `prefix` in the names of the query, as a table of checkboxes sends them.
    pub fn names_after(&self, prefix: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.query.names_after(prefix)
    }

    /// Returns whether some value could not be read so far.
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        self.unreadable.is_some()
    }

    /// Notes that the address cannot be read, for values that are read together.
    pub fn refuse(&mut self, failure: PageError) {
        self.unreadable.get_or_insert(failure);
    }

    /// Returns a value of the address by its type: a segment if the pattern names it, otherwise a value of the query.
    pub fn value<T: Parameter>(&mut self, name: &'static str) -> T {
        if self.pattern.split('/').any(|segment| segment.strip_prefix(':') == Some(name)) {
            return T::read(self.segment(name)).unwrap_or_else(T::nothing);
        }
        let invalid = || PageError::invalid(name, "This address is not valid.");
        self.query(name, T::nothing(), |text| T::read(text).ok_or_else(invalid))
    }

    /// Returns why this is not an address of the page, or `None` if it is one.
    #[must_use]
    pub fn unreadable(self) -> Option<PageError> {
        self.unreadable
    }
}

/// A type whose values appear in addresses.
pub trait Parameter: ToString {
    /// Parses a value. Returns `None` if the text is not one.
    fn read(text: &str) -> Option<Self>
    where
        Self: Sized;

    /// Returns the value to use if the address has none. For ids, one that no record has.
    fn nothing() -> Self
    where
        Self: Sized;
}

macro_rules! parameters {
    ($($kind:ty, $read:expr, $nothing:expr;)*) => {$(
        impl Parameter for $kind {
            fn read(text: &str) -> Option<Self> {
                $read(text).ok()
            }

            fn nothing() -> Self {
                $nothing
            }
        }
    )*};
}

parameters! {
    usize, str::parse, usize::MAX;
    DeliveryId, DeliveryId::parse, DeliveryId::NOTHING;
    LocalPath, LocalPath::parse, LocalPath::home();
    GroupId, GroupId::parse, GroupId::NOTHING;
    IdentityId, IdentityId::parse, IdentityId::NOTHING;
    RecordId, RecordId::parse, RecordId::NOTHING;
    RevocationId, RevocationId::parse, RevocationId::NOTHING;
    SecretId, SecretId::parse, SecretId::NOTHING;
}

/// Declares the plainest addresses: a type with the values of its address, each by its own type.
#[macro_export]
macro_rules! addresses {
    ($($(#[$doc:meta])* $page:ident { $($name:ident: $kind:ty),* })*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $page {
            $(pub $name: $kind),*
        }

        impl $crate::page::Address for $page {
            #[allow(unused_variables, reason = "an address without values reads none")]
            fn at(asked: &mut $crate::page::Requested<'_>) -> Self {
                Self { $($name: asked.value(stringify!($name))),* }
            }

            fn parameters(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($name), self.$name.to_string())),*]
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Note {
        id: &'static str,
        words: &'static str,
        page: &'static str,
    }

    impl Routed for Note {
        const PATTERN: &'static str = "/notes/:id/words";
    }

    impl Address for Note {
        fn at(_: &mut Requested<'_>) -> Self {
            Self { id: "", words: "", page: "" }
        }

        fn parameters(&self) -> Vec<(&'static str, String)> {
            vec![("id", self.id.to_owned()), ("words", self.words.to_owned()), ("page", self.page.to_owned())]
        }
    }

    #[test]
    fn an_address_is_its_pattern_filled_without_empty_parts() {
        let note = Note { id: "01jd", words: "a b&c", page: "" };
        assert_eq!(note.href(), "/notes/01jd/words?words=a+b%26c");
        assert_eq!(Note { words: "", ..note }.href(), "/notes/01jd/words");
    }

    #[test]
    fn a_value_of_a_path_cannot_become_another_segment() {
        assert_eq!(Note { id: "a/../b?c", words: "", page: "2" }.href(), "/notes/a%2F..%2Fb%3Fc/words?page=2");
    }

    /// A query is read once.
    #[test]
    fn unreadable_parts_of_a_query_are_noted() {
        let query = Form::new(vec![("page".to_owned(), "x".to_owned()), ("sort".to_owned(), "up".to_owned())]);
        let mut asked =
            Requested { pattern: Note::PATTERN, path: "/notes/01jd/words", query: &query, unreadable: None };
        assert_eq!(asked.segment("id"), "01jd");
        assert_eq!(asked.query("sort", "", |_| Ok("read")), "read");
        assert_eq!(asked.query("page", 1, |_| Err(PageError::invalid("page", "No such page."))), 1);
        assert_eq!(asked.unreadable(), Some(PageError::invalid("page", "No such page.")));
    }
}
