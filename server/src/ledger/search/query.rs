//! The terms that a search asks for. Both engines and the row-by-row search use the same ones.

use crate::db::Engine;
use crate::db::transaction::Source;
use crate::identities;
use crate::ledger::search::terms::{self, ENVIRONMENT, field_word};
use app::ledger::search::Search;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use doorward::{Environment, Environments};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The number of people that a query of the index names. If a search means more, their records are
/// found row by row.
const MOST_PEOPLE: usize = 200;

/// The actions that go through the guard. A complete name means that action alone.
static ACTIONS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let doors = app::routes::manifest();
    let actions = doors.iter().flat_map(|door| door.actions.iter().map(|(_, ask)| ask));
    doors.iter().flat_map(|door| &door.loaders).chain(actions).map(|ask| ask.action).collect()
});

/// A term, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Word(String),
    Beginning(String),
}

impl Term {
    fn is_in(&self, words: &BTreeSet<String>) -> bool {
        match self {
            Self::Word(word) => words.contains(word),
            Self::Beginning(text) => {
                words.range(text.clone()..).next().is_some_and(|word| word.starts_with(text.as_str()))
            }
        }
    }

    /// Writes the term for an engine's query. A term has no character with a special meaning there:
    /// see `terms::word`.
    fn text(&self, engine: Engine) -> String {
        match (engine, self) {
            (Engine::Sqlite, Self::Word(word)) => format!("\"{word}\""),
            (Engine::Sqlite, Self::Beginning(word)) => format!("\"{word}\" *"),
            (Engine::Postgres, Self::Word(word)) => format!("'{word}'"),
            (Engine::Postgres, Self::Beginning(word)) => format!("'{word}':*"),
        }
    }
}

/// Groups of terms. A record matches if it has at least one term of each group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<Vec<Term>>);

impl Wanted {
    /// Returns the terms of a search by one of `people`, or `None` if nothing can match because a
    /// text contains no word.
    pub(crate) fn of_search(search: &Search, people: &[String]) -> Option<Self> {
        let mut wanted = Self::default();
        wanted.add_all(&search.text, Term::Word)?;
        let decision = search.allowed.map(|allowed| if allowed { "allowed" } else { "refused" });
        let exact = [
            (ENVIRONMENT, search.environment.as_ref().map(Environment::as_str).unwrap_or_default()),
            ("decision", decision.unwrap_or_default()),
            ("outcome", search.outcome.map(Outcome::as_str).unwrap_or_default()),
            ("code", &search.code),
            ("entry", &search.entry),
        ];
        for (field, value) in exact.into_iter().filter(|(_, value)| !value.is_empty()) {
            wanted.0.push(vec![Term::Word(field_word(field, value)?)]);
        }
        if ACTIONS.contains(&*search.action) {
            wanted.0.push(vec![Term::Word(field_word("action", &search.action)?)]);
        } else {
            wanted.add_all(&search.action, |word| Term::Beginning(format!("action={word}")))?;
        }
        for (field, text) in [("resource", &search.resource), ("reason", &search.reason)] {
            wanted.add_all(text, |word| Term::Beginning(format!("{field}={word}")))?;
        }
        if !people.is_empty() && people.len() <= MOST_PEOPLE {
            let names: Vec<_> = people.iter().filter_map(|name| field_word("who", name)).map(Term::Word).collect();
            if names.is_empty() {
                return None;
            }
            wanted.0.push(names);
        }
        Some(wanted)
    }

    /// Returns the term for records about one resource.
    pub(crate) fn about(resource: &str) -> Option<Self> {
        Some(Self(vec![vec![Term::Word(field_word("resource", resource)?)]]))
    }

    /// Adds each word of a text as a group. Returns `None` if the text is not blank and contains no
    /// word.
    fn add_all(&mut self, text: &str, term: impl Fn(String) -> Term) -> Option<()> {
        let words = terms::of_text(text);
        if words.is_empty() && !text.trim().is_empty() {
            return None;
        }
        self.0.extend(words.into_iter().map(|word| vec![term(word)]));
        Some(())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a record with these terms matches.
    pub(crate) fn fits(&self, words: &BTreeSet<String>) -> bool {
        self.0.iter().all(|group| group.iter().any(|term| term.is_in(words)))
    }

    /// Returns the engine's query for matching rows in one of the scope's environments.
    pub(crate) fn query(&self, engine: Engine, scope: &Environments) -> String {
        let (and, or) = match engine {
            Engine::Sqlite => (" AND ", " OR "),
            Engine::Postgres => (" & ", " | "),
        };
        let within = match scope {
            Environments::Everywhere => None,
            Environments::Only(environments) => {
                let words = environments.iter().filter_map(|name| field_word(ENVIRONMENT, name.as_str()));
                Some(words.map(Term::Word).collect())
            }
        };
        let group = |terms: &Vec<Term>| {
            format!("({})", terms.iter().map(|term| term.text(engine)).collect::<Vec<_>>().join(or))
        };
        self.0.iter().chain(&within).map(group).collect::<Vec<_>>().join(and)
    }
}

/// Returns the sign-in names that a search may mean by `who`: the text itself, and everybody who
/// has it in their sign-in name or display name. Empty if the search names nobody.
pub(crate) async fn people(source: &mut Source, who: &str) -> Result<Vec<String>, Unavailable> {
    let who = who.trim().to_lowercase();
    if who.is_empty() {
        return Ok(Vec::new());
    }
    let mut names = identities::sql::named_like(source, &who).await?;
    if !names.contains(&who) {
        names.push(who);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn wanted(search: &Search) -> Wanted {
        Wanted::of_search(search, &[]).expect("it can be found")
    }

    #[test]
    fn what_is_no_word_is_in_no_record() {
        let text = |text: &str| Search { text: text.into(), ..Search::default() };
        assert_eq!(Wanted::of_search(&text("&"), &[]), None);
        for nothing in ["%", "*", "_ \"", "''"] {
            let search = Search { resource: nothing.into(), ..Search::default() };
            assert_eq!(Wanted::of_search(&search, &[]), None, "{nothing}");
        }
        assert!(wanted(&text(" ")).is_empty());
    }

    #[test]
    fn a_part_of_a_name_is_the_beginning_of_a_word() {
        let search = Search { resource: "billing/enc KEY".into(), ..Search::default() };
        let sqlite = wanted(&search).query(Engine::Sqlite, &Environments::Everywhere);
        assert_eq!(sqlite, r#"("resource=billing_enc" *) AND ("resource=key" *)"#);
        let postgres = wanted(&search).query(Engine::Postgres, &Environments::Everywhere);
        assert_eq!(postgres, "('resource=billing_enc':*) & ('resource=key':*)");
        assert!(wanted(&search).fits(&set(&["resource=billing_encryption-key2", "resource=key2"])));
        assert!(!wanted(&search).fits(&set(&["resource=billing_encryption"])));
    }

    #[test]
    fn a_complete_action_means_no_other() {
        let action = |action: &str| wanted(&Search { action: action.into(), ..Search::default() });
        assert!(action("ledger.re").fits(&set(&["action=ledger.read_record"])));
        assert!(!action("ledger.read").fits(&set(&["action=ledger.read_record"])));
    }

    #[test]
    fn each_of_several_people_is_found() {
        let wanted = Wanted::of_search(&Search::default(), &["vera".to_owned(), "vernon".to_owned()]);
        let wanted = wanted.expect("they can be found");
        assert_eq!(wanted.query(Engine::Postgres, &Environments::Everywhere), "('who=vera' | 'who=vernon')");
        assert!(wanted.fits(&set(&["who=vernon"])) && !wanted.fits(&set(&["who=omar"])));
    }
}
