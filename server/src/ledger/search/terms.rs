//! The table `record_words`: which words stand in which sealed record. Each engine keeps it as its own full-text index does,
//! and both are asked in the same words.

use crate::db::Engine;
use crate::db::rows::Insert;
use crate::db::transaction::Source;
use app::ledger::store::RecordRow;
use doorward::Environment;
use doorward::guard::Unavailable;
use doorward::ledger::Outcome;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// The words of one record that are kept; the rest of it is found by its other words.
const MOST: usize = 200;
/// The characters of a word that count.
const LONGEST: usize = 64;
/// The field of the environment of what a record is about.
pub(crate) const ENVIRONMENT: &str = "environment";

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
pub(crate) fn parts(engine: Engine, (first, end): (i64, i64)) -> impl Iterator<Item = Range<i64>> {
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
pub(crate) fn found(engine: Engine, Range { start, end }: &Range<i64>, query: usize) -> String {
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

/// The words by which a record is found: those that people read in it, both whole and in their parts (`secret.reveal`,
/// `secret`, `reveal`), and those of each field that a search can name (`who=omar`).
pub(crate) fn of_record(record: &RecordRow) -> BTreeSet<String> {
    let decision = if record.allowed { "allowed" } else { "refused" };
    let name = record.name.as_deref().unwrap_or_default();
    let resource_name = record.resource_name.as_deref().unwrap_or_default();
    let fields = [
        ("who", name),
        (ENVIRONMENT, record.environment.as_ref().map(Environment::as_str).unwrap_or_default()),
        ("decision", decision),
        ("outcome", record.outcome.map(Outcome::as_str).unwrap_or_default()),
        ("code", &*record.code),
        ("entry", &*record.entry),
    ];
    let mut named: BTreeSet<String> = fields.iter().filter_map(|(field, value)| field_word(field, value)).collect();
    for (field, text) in [
        ("action", &*record.action),
        ("resource", &*record.resource),
        ("resource", resource_name),
        ("reason", &*record.code),
        ("reason", &*record.words),
    ] {
        named.extend(ends(text).filter_map(|end| field_word(field, end)));
    }
    let mut words = BTreeSet::new();
    let texts =
        [name, &record.action, &record.resource, resource_name, decision, &record.code, &record.words, &record.entry];
    let optional = [&record.kind, &record.method, &record.session, &record.address].map(|text| text.as_deref());
    let environment = record.environment.as_ref().map(Environment::as_str);
    let rows = record.policy.as_ref().map(|policy| policy.rows.as_str());
    let parameters = form_urlencoded::parse(record.parameters.as_bytes()).flat_map(|(name, value)| [name, value]);
    let parameters = parameters.collect::<Vec<_>>().join(" ");
    let texts = texts.into_iter().chain(optional.into_iter().flatten()).chain(rows).chain(environment);
    for text in texts.chain([&*parameters, &*record.request]) {
        for whole in text.split(between_words) {
            words.extend(word(whole));
            if !whole.chars().all(char::is_alphanumeric) {
                words.extend(whole.split(|character: char| !character.is_alphanumeric()).filter_map(word));
            }
        }
    }
    named.into_iter().chain(words).take(MOST).collect()
}

/// The words of a text that somebody typed.
pub(crate) fn of_text(text: &str) -> BTreeSet<String> {
    text.split(between_words).filter_map(word).collect()
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

/// Each word of a text, and what is left of it from each of its parts on: `billing/key` and `key`. A part of a name that
/// somebody types is the beginning of one of these.
fn ends(text: &str) -> impl Iterator<Item = &str> {
    text.split(between_words).flat_map(|word| {
        let mut inside = false;
        word.char_indices().filter_map(move |(at, character)| {
            let begins = !std::mem::replace(&mut inside, character.is_alphanumeric()) && inside;
            begins.then(|| &word[at..])
        })
    })
}

fn between_words(character: char) -> bool {
    character.is_whitespace() || "&=,+".contains(character)
}

pub(crate) fn field_word(field: &str, value: &str) -> Option<String> {
    word(value).map(|value| format!("{field}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn a_name_is_found_by_each_of_its_ends() {
        let of = |text| ends(text).collect::<Vec<_>>();
        assert_eq!(of("billing/encryption-key2"), ["billing/encryption-key2", "encryption-key2", "key2"]);
        assert_eq!(of("by role, as  owner"), ["by", "role", "as", "owner"]);
        assert_eq!(of("_Élan.a"), ["Élan.a", "a"]);
        assert_eq!(of(" -/ "), [""; 0]);
    }

    #[test]
    fn a_typed_text_is_words_as_people_see_them() {
        assert_eq!(of_text("  Omar  secret.reveal, 192.0.2.7 "), set(&["192.0.2.7", "omar", "secret.reveal"]));
        assert_eq!(of_text("zoë's (refused)"), set(&["refused", "zoë_s"]));
        assert_eq!(of_text("--- ''' \"\" & |"), set(&[]));
    }

    proptest! {
        /// The quick path for ASCII gives the same word as the general one.
        #[test]
        fn an_ascii_word_is_indexed_like_any_other(text in "[ -~\t]{0,80}") {
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
