//! A search finds what a row-by-row decision allows.

use super::worlds::{Chance, Known};
use crate::gates::bad_input::listed;
use crate::support::world::Client;
use app::search::store::{Wanted, words};
use std::collections::BTreeSet;

const TEXTS: [&str; 12] = ["ab", "x", "zz", "1", "ab 1", "pci", "a b", "größe", "%", "ada", "x vera", "zz1_2"];

fn fits(secret: &Known, text: &str) -> bool {
    let own = words(&format!("{} {} {}", secret.name, secret.tags.join(" "), secret.owner));
    let typed = words(text);
    !typed.is_empty() && typed.iter().all(|typed| own.iter().any(|word| word.starts_with(typed)))
}

/// Compares some searches with what is decided one by one.
pub async fn search_agrees_with_decisions(client: &mut Client, mine: &[Known], chance: &mut Chance) {
    for _ in 0..3 {
        let text = *chance.one_of(&TEXTS);
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
        let answer = client.get(&format!("/search?{query}")).await;
        let found = listed(&answer);
        let rows: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(rows.len(), found.len(), "{text}");
        let fitting = mine.iter().filter(|secret| !secret.archived && fits(secret, text));
        let expected: BTreeSet<&str> = fitting.map(|secret| secret.id.as_str()).collect();
        if expected.len() <= Wanted::Page.most() {
            assert_eq!(rows, expected, "{text}");
        } else {
            assert!(rows.len() == Wanted::Page.most() && rows.is_subset(&expected), "{text}");
        }
    }
}
