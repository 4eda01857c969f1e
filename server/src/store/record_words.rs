//! The table `record_words`: which words stand in which sealed record. Each engine keeps it as its own full-text index does,
//! and both are asked in the same words.

use super::rows::Insert;
use super::{Engine, Source};
use app::pages::ledger::Search;
use app::store::RecordRow;
use doorward::guard::Unavailable;
use doorward::{Environment, Environments};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// The words of one record that are kept; the rest of it is found by its other words.
const MOST: usize = 200;
/// The characters of a word that count.
const LONGEST: usize = 64;
/// The field of the environment of what a record is about.
const ENVIRONMENT: &str = "environment";

static ADD_SQLITE: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("insert into record_words (rowid, words) values", 2));
static ADD_POSTGRES: LazyLock<Insert> = LazyLock::new(|| {
    const START: &str = "insert into record_words (rowid, words) \
         select place, array_to_tsvector(string_to_array(words, ' ')) from (values";
    Insert::around(START, 2, ") as records (place, words)")
});
const REMOVE: &str = "delete from record_words where rowid >= $1 and rowid < $2";
const REMOVE_ALL_SQLITE: &str = "insert into record_words (record_words) values ('delete-all')";
const REMOVE_ALL_POSTGRES: &str = "truncate record_words";
/// PostgreSQL looks through so many of the newest places first, then through so many, where words that are frequent fill a page.
const NEWEST: [i64; 3] = [2_000, 20_000, 200_000];

/// The places in the parts in which they are looked through, the newest first. SQLite's index goes by place, and stops where
/// a page is full. PostgreSQL's finds all places of a word at once: fast where they are few.
pub(super) fn parts(engine: Engine, (first, end): (i64, i64)) -> impl Iterator<Item = Range<i64>> {
    let newest: &[i64] = match engine {
        Engine::Sqlite => &[],
        Engine::Postgres => &NEWEST,
    };
    let starts = newest.iter().map(move |many| first.max(end.saturating_sub(*many))).chain([first]);
    let mut later = end;
    let parts = starts.map(move |start| start..std::mem::replace(&mut later, start));
    parts.filter(|part| !part.is_empty())
}

/// The records at these places that have every word of the query with this number, the newest first, as something to select
/// from: `audit`, and their places as `found.rowid`. One after the other they are looked up, until there are enough.
pub(super) fn found(engine: Engine, Range { start, end }: &Range<i64>, query: usize) -> String {
    // The query's words have no character that an engine gives a meaning to: see `word`.
    let places = format!("rowid >= {start} and rowid < {end}");
    match engine {
        // SQLite keeps to the order of a cross join: the words lead to the few rows that have them, never the other way round.
        Engine::Sqlite => format!(
            "(select rowid from record_words where record_words match ${query} and {places}) as found \
             cross join ledger_leaves on leaf_index = found.rowid cross join audit on audit.id = record"
        ),
        // An `offset` has each part planned by itself, and a sum is in no index's order: who expects to find enough soon would
        // go through every place from the newest on, or join every leaf.
        Engine::Postgres => format!(
            "(select rowid + 0 as rowid from record_words where words @@ cast(${query} as tsquery) and {places} \
             order by 1 desc offset 0) as found cross join lateral (select audit.* from ledger_leaves join audit \
             on audit.id = record where leaf_index = found.rowid offset 0) as audit"
        ),
    }
}

/// The query for rows that have all of `words`, and one of the scope's environments.
pub(super) fn query(engine: Engine, words: &BTreeSet<String>, scope: &Environments) -> String {
    let (quote, and, or) = match engine {
        Engine::Sqlite => ('"', " AND ", " OR "),
        Engine::Postgres => ('\'', " & ", " | "),
    };
    let quoted = |word: &str| format!("{quote}{word}{quote}");
    let within = match scope {
        Environments::Everywhere => None,
        Environments::Only(environments) => {
            let words = environments.iter().filter_map(|name| field_word(ENVIRONMENT, name.as_str()));
            Some(format!("({})", words.map(|word| quoted(&word)).collect::<Vec<_>>().join(or)))
        }
    };
    words.iter().map(|word| quoted(word)).chain(within).collect::<Vec<_>>().join(and)
}

/// Keeps the words of the records at these places.
///
/// # Errors
/// Where the database does not answer.
pub async fn add(source: &mut Source, records: &[(i64, RecordRow)]) -> Result<(), Unavailable> {
    let insert = match source.engine() {
        Engine::Sqlite => &ADD_SQLITE,
        Engine::Postgres => &ADD_POSTGRES,
    };
    for (statement, part) in insert.parts(records) {
        let bound = part.iter().fold(sqlx::query(statement), |statement, (place, record)| {
            let words = of_record(record);
            statement.bind(*place).bind(words.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        });
        source.execute(bound).await?;
    }
    Ok(())
}

/// Removes the words of the records at these places.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove(source: &mut Source, places: &Range<u64>) -> Result<(), Unavailable> {
    let number = |place| i64::try_from(place).unwrap_or(i64::MAX);
    let statement = sqlx::query(REMOVE).bind(number(places.start)).bind(number(places.end));
    source.execute(statement).await.map(|_| ())
}

/// Removes all words.
///
/// # Errors
/// Where the database does not answer.
pub async fn remove_all(source: &mut Source) -> Result<(), Unavailable> {
    let statement = match source.engine() {
        Engine::Sqlite => REMOVE_ALL_SQLITE,
        Engine::Postgres => REMOVE_ALL_POSTGRES,
    };
    source.execute(sqlx::query(statement)).await.map(|_| ())
}

/// The words by which a record is found: those that people read in it, each field that a search can name as one word
/// (`who=omar`), and what stands together without a space both whole and in its parts (`secret.reveal`, `secret`, `reveal`).
pub(super) fn of_record(record: &RecordRow) -> BTreeSet<String> {
    let decision = if record.allowed { "allowed" } else { "refused" };
    let name = record.name.as_deref().unwrap_or_default();
    let fields = [
        ("who", name),
        ("action", &*record.action),
        ("resource", &*record.resource),
        (ENVIRONMENT, record.environment.as_ref().map(Environment::as_str).unwrap_or_default()),
        ("decision", decision),
        ("reason", &*record.code),
        ("entry", &*record.entry),
    ];
    let named: BTreeSet<String> = fields.iter().filter_map(|(field, value)| field_word(field, value)).collect();
    let mut words = BTreeSet::new();
    let texts = [name, &record.action, &record.resource, decision, &record.code, &record.words, &record.entry];
    let optional = [&record.kind, &record.method, &record.session, &record.address].map(|text| text.as_deref());
    let environment = record.environment.as_ref().map(Environment::as_str);
    let rows = record.policy.as_ref().map(|policy| policy.rows.as_str());
    let parameters = form_urlencoded::parse(record.parameters.as_bytes()).flat_map(|(name, value)| [name, value]);
    let parameters = parameters.collect::<Vec<_>>().join(" ");
    let texts = texts.into_iter().chain(optional.into_iter().flatten()).chain(rows).chain(environment);
    for text in texts.chain([&*parameters, &*record.request]) {
        for whole in text.split(|character: char| character.is_whitespace() || "&=,+".contains(character)) {
            words.extend(word(whole));
            if !whole.chars().all(char::is_alphanumeric) {
                words.extend(whole.split(|character: char| !character.is_alphanumeric()).filter_map(word));
            }
        }
    }
    named.into_iter().chain(words).take(MOST).collect()
}

/// The words that a record which `search` finds has: those of its text, and of each field that it names. Nothing where no
/// record can have them, since they are no words.
pub(super) fn of_search(search: &Search) -> Option<BTreeSet<String>> {
    let decision = search.allowed.map(|allowed| if allowed { "allowed" } else { "refused" });
    let fields = [
        ("who", search.who.as_str()),
        ("action", &search.action),
        ("resource", &search.resource),
        (ENVIRONMENT, search.environment.as_ref().map(Environment::as_str).unwrap_or_default()),
        ("decision", decision.unwrap_or_default()),
        ("reason", &search.reason),
        ("entry", &search.entry),
    ];
    let text = of_text(&search.text);
    if text.is_empty() && !search.text.trim().is_empty() {
        return None;
    }
    let named = fields.iter().filter(|(_, value)| !value.is_empty());
    named.map(|(field, value)| field_word(field, value)).chain(text.into_iter().map(Some)).collect()
}

/// The words of a text that somebody typed.
pub(super) fn of_text(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| character.is_whitespace() || "&=,+".contains(character));
    words.filter_map(word).collect()
}

/// One word as both engines keep it: letters and digits, and within it `.`, `:`, `-` and `_`; nothing where that leaves none.
fn word(text: &str) -> Option<String> {
    if text.is_ascii() {
        return ascii_word(&text[..text.len().min(LONGEST)]);
    }
    let kept = text
        .chars()
        .map(|character| if character.is_alphanumeric() || ".:-_".contains(character) { character } else { '_' });
    let kept: String = kept.flat_map(char::to_lowercase).take(LONGEST).collect();
    let kept = kept.trim_matches(|character: char| !character.is_alphanumeric());
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// The same for what nearly every record is made of: one look at each letter, and one text.
fn ascii_word(text: &str) -> Option<String> {
    let kept = text.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let kept = kept.chars().map(|character| match character {
        'a'..='z' | '0'..='9' | '.' | ':' | '-' | '_' => character,
        _ if character.is_ascii_alphabetic() => character.to_ascii_lowercase(),
        _ => '_',
    });
    Some(kept.collect()).filter(|kept: &String| !kept.is_empty())
}

fn field_word(field: &str, value: &str) -> Option<String> {
    word(value).map(|value| format!("{field}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_word_is_in_no_record() {
        let search = |who: &str, text: &str| Search { who: who.into(), text: text.into(), ..Search::default() };
        assert_eq!(of_search(&search("omar", "Frozen ")), Some(set(&["frozen", "who=omar"])));
        assert_eq!(of_search(&search("", " ")), Some(set(&[])));
        assert_eq!(of_search(&search("''", "")), None);
        assert_eq!(of_search(&search("omar", "&")), None);
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_parts_of_places_follow_each_other_and_leave_none_out() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            for (first, end) in [(0, 5), (0, NEWEST[0]), (3, NEWEST[1] + 4), (0, 7 * NEWEST[2])] {
                let parts: Vec<_> = parts(engine, (first, end)).collect();
                assert_eq!(parts.first().map(|part| part.end), Some(end));
                assert_eq!(parts.last().map(|part| part.start), Some(first));
                assert!(parts.windows(2).all(|two| two[0].start == two[1].end));
            }
        }
    }

    #[test]
    fn a_typed_text_is_words_as_people_see_them() {
        assert_eq!(of_text("  Omar  secret.reveal, 192.0.2.7 "), set(&["192.0.2.7", "omar", "secret.reveal"]));
        assert_eq!(of_text("zoë's (refused)"), set(&["refused", "zoë_s"]));
        assert_eq!(of_text("--- ''' \"\" & |"), set(&[]));
    }

    proptest! {
        #[test]
        fn an_ascii_word_is_the_word_that_any_other_text_of_its_letters_would_be(text in "[ -~\t]{0,80}") {
            // A letter that is not ASCII, behind all that counts, has it read the other way.
            let padded = format!("{text}{}é", " ".repeat(LONGEST));
            prop_assert_eq!(word(&text), word(&padded));
        }

        #[test]
        fn no_text_becomes_more_than_words_in_a_query(text in any::<String>()) {
            for word in of_text(&text) {
                prop_assert!(word.chars().all(|it| it.is_alphanumeric() || ".:-_".contains(it)), "{word:?}");
            }
        }
    }
}
