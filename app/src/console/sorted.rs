//! Joins the order of a list, which its address holds, with the heads of its table.

use crate::page::{Address, Sort, SortKey};
use crate::ui::Sorted;

/// Returns what heads of columns need to sort a list. `at` is the list in another order.
pub fn sorted<K: SortKey, A: Address>(sort: Sort<K>, at: impl Fn(Sort<K>) -> A + 'static) -> Sorted {
    Sorted { now: sort.text(), address: Box::new(move |text| at(Sort::parse(text).unwrap_or_default()).href()) }
}
