//! What a search asks of the words of a record: the same question for both engines, and for records whose words are not kept
//! yet.

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

/// As many people are asked for by name in the index; if a search names more, their records are found row by row.
const MOST_PEOPLE: usize = 200;

/// The actions of this product that go through the guard. A complete name means that action and no other.
static ACTIONS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let doors = app::routes::manifest();
    let actions = doors.iter().flat_map(|door| door.actions.iter().map(|(_, ask)| ask));
    doors.iter().flat_map(|door| &door.loaders).chain(actions).map(|ask| ask.action).collect()
});

/// A word that a record has, or the beginning of one.
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

    /// As an engine's query has it. A word has no character that an engine gives a meaning to: see `record_words::word`.
    fn text(&self, engine: Engine) -> String {
        match (engine, self) {
            (Engine::Sqlite, Self::Word(word)) => format!("\"{word}\""),
            (Engine::Sqlite, Self::Beginning(word)) => format!("\"{word}\" *"),
            (Engine::Postgres, Self::Word(word)) => format!("'{word}'"),
            (Engine::Postgres, Self::Beginning(word)) => format!("'{word}':*"),
        }
    }
}

/// Of each of these groups a record has one term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted(Vec<Vec<Term>>);

impl Wanted {
    /// What a search asks for, by one of `people`. `None` if no record can have it, because it is no word.
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

    /// What the records about one resource have.
    pub(crate) fn about(resource: &str) -> Option<Self> {
        Some(Self(vec![vec![Term::Word(field_word("resource", resource)?)]]))
    }

    /// Each word of a text as a group of its own. `None` if the text is something, and has no word.
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

    /// Whether a record with these words is one.
    pub(crate) fn fits(&self, words: &BTreeSet<String>) -> bool {
        self.0.iter().all(|group| group.iter().any(|term| term.is_in(words)))
    }

    /// The engine's query for rows that fit, and have one of the scope's environments.
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

/// The sign-in names of those whom a search may mean by `who`: the text as it is, and whoever has it in their sign-in name or
/// display name. None if the search names nobody.
///
/// # Errors
/// Where the database does not answer.
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
