//! How a list is sorted, as its address says it: `sort=name`, or `sort=-used` for the other way round.

use crate::page::Requested;
use crate::page::error::PageError;
use std::cmp::Ordering;

/// What a list can be sorted by. The default is the order of a list whose address says nothing.
pub trait SortKey: Copy + Default + PartialEq + 'static {
    /// The keys, each with the `-` that most readers want first: the latest time, the highest number.
    const KEYS: &'static [(&'static str, Self)];
}

/// A key and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort<K> {
    pub by: K,
    /// From the last to the first.
    pub descending: bool,
}

fn is_descending(key: &str) -> bool {
    key.starts_with('-')
}

impl<K: SortKey> Default for Sort<K> {
    fn default() -> Self {
        let by = K::default();
        Self { by, descending: is_descending(Self::key(by)) }
    }
}

impl<K: SortKey> Sort<K> {
    fn key(by: K) -> &'static str {
        K::KEYS.iter().find(|(_, known)| *known == by).map_or("", |(key, _)| key)
    }

    /// Returns the order that a text names, or `None` if the list has no such order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.strip_prefix('-').unwrap_or(text);
        let known = K::KEYS.iter().find(|(key, _)| key.trim_start_matches('-') == name);
        known.map(|(_, by)| Self { by: *by, descending: is_descending(text) })
    }

    /// Returns the order as addresses name it.
    #[must_use]
    pub fn text(self) -> String {
        let name = Self::key(self.by).trim_start_matches('-');
        if self.descending { format!("-{name}") } else { name.to_owned() }
    }

    /// Reads the order from an address.
    pub fn read(asked: &mut Requested<'_>) -> Self {
        asked.query("sort", Self::default(), |text| {
            let names = || K::KEYS.iter().map(|(key, _)| key.trim_start_matches('-')).collect::<Vec<_>>().join(", ");
            let message = || format!("This list is sorted by one of: {}. A - in front turns the order round.", names());
            Self::parse(text).ok_or_else(|| PageError::invalid("sort", message()))
        })
    }

    /// Returns the parameter of an address. The default order has none.
    #[must_use]
    pub fn parameter(self) -> (&'static str, String) {
        ("sort", if self == Self::default() { String::new() } else { self.text() })
    }

    /// Sorts the rows of a list that is read as a whole. `compare` is the ascending order.
    pub fn rows<T>(self, rows: &mut [T], compare: impl Fn(K, &T, &T) -> Ordering) {
        rows.sort_by(|one, other| {
            let order = compare(self.by, one, other);
            if self.descending { order.reverse() } else { order }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    enum Key {
        #[default]
        Used,
        Name,
    }

    impl SortKey for Key {
        const KEYS: &'static [(&'static str, Self)] = &[("-used", Self::Used), ("name", Self::Name)];
    }

    #[test]
    fn every_order_is_read_from_the_text_that_names_it() {
        for (by, descending) in [(Key::Used, true), (Key::Used, false), (Key::Name, true), (Key::Name, false)] {
            let sort = Sort { by, descending };
            assert_eq!(Sort::parse(&sort.text()), Some(sort));
        }
        assert_eq!(Sort::<Key>::default().text(), "-used");
        assert_eq!(Sort::<Key>::default().parameter(), ("sort", String::new()));
    }

    #[test]
    fn an_order_that_a_list_does_not_have_is_none() {
        for text in ["x", "Name", "--name", "-", "name;drop", "name desc"] {
            assert_eq!(Sort::<Key>::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rows_are_sorted_in_either_direction() {
        let mut rows = [2, 1, 3];
        Sort { by: Key::Name, descending: true }.rows(&mut rows, |_, one, other| one.cmp(other));
        assert_eq!(rows, [3, 2, 1]);
    }
}
