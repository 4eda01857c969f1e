//! The table `record_words`: the search terms of sealed records. Each engine has its own full-text
//! index; both get the same terms.

use crate::db::rows::Insert;
use crate::db::transaction::Source;
use crate::db::{self, Engine};
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, FIELDS, Terms};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

/// The number of terms of one record. A record with more is found by these alone.
const MOST: usize = 200;
/// The number of characters of a word that count.
const LONGEST: usize = 64;
/// The name of the environment's terms.
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
/// PostgreSQL searches this many of the newest places first, then more: frequent words soon fill a
/// page.
const NEWEST: [i64; 3] = [2_000, 20_000, 200_000];

/// Splits places into the parts in which they are searched, the newest first. SQLite's index is
/// ordered by place and stops when a page is full. PostgreSQL finds all places of a word at once,
/// which is fast only if they are few.
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

/// Returns a `from` clause for the records at these places that match the query with this number:
/// `audit`, with the place as `found.rowid`, the newest first.
pub(crate) fn found(engine: Engine, Range { start, end }: &Range<i64>, query: usize) -> String {
    let places = format!("rowid >= {start} and rowid < {end}");
    match engine {
        // SQLite keeps the order of a cross join: from the few matching terms to their rows.
        Engine::Sqlite => format!(
            "(select rowid from record_words where record_words match ${query} and {places}) as found \
             cross join ledger_leaves on leaf_index = found.rowid cross join audit on audit.id = record"
        ),
        // `offset` has each part planned separately, and a sum matches no index order. Otherwise
        // PostgreSQL, expecting an early match, walks all places from the newest on or joins every
        // leaf.
        Engine::Postgres => format!(
            "(select rowid + 0 as rowid from record_words where words @@ cast(${query} as tsquery) and {places} \
             order by 1 desc offset 0) as found cross join lateral (select audit.* from ledger_leaves join audit \
             on audit.id = record where leaf_index = found.rowid offset 0) as audit"
        ),
    }
}

/// Adds the search terms of these records.
pub async fn add(source: &mut Source, records: &[(i64, AuditEntry)]) -> Result<(), Unavailable> {
    let insert = match source.engine() {
        Engine::Sqlite => &ADD_SQLITE,
        Engine::Postgres => &ADD_POSTGRES,
    };
    for (statement, part) in insert.parts(records) {
        let bound = part.iter().fold(db::query(statement), |statement, (place, record)| {
            let words = of_record(record);
            statement.bind(*place).bind(words.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        });
        source.execute(bound).await?;
    }
    Ok(())
}

/// Deletes the search terms of the records at these places.
pub async fn remove(source: &mut Source, places: &Range<u64>) -> Result<(), Unavailable> {
    let number = |place| i64::try_from(place).unwrap_or(i64::MAX);
    let statement = db::query(REMOVE).bind(number(places.start)).bind(number(places.end));
    source.execute(statement).await.map(|_| ())
}

/// Deletes all search terms.
pub async fn remove_all(source: &mut Source) -> Result<(), Unavailable> {
    let statement = match source.engine() {
        Engine::Sqlite => REMOVE_ALL_SQLITE,
        Engine::Postgres => REMOVE_ALL_POSTGRES,
    };
    source.execute(db::query(statement)).await.map(|_| ())
}

/// Returns the search terms of a record: the words that people read in it, whole and in their parts
/// (`secret.reveal`, `secret`, `reveal`), and a term for each field that a search can name
/// (`who=omar`).
pub(crate) fn of_record(record: &AuditEntry) -> BTreeSet<String> {
    let (mut named, mut words) = (BTreeSet::new(), BTreeSet::new());
    for field in FIELDS.iter().filter(|field| !field.terms.is_empty()) {
        let Some(value) = field.of(record) else { continue };
        let text = value.text(|at| at.0.to_string());
        for terms in field.terms {
            match terms {
                Terms::Exact(name) => named.extend(field_word(name, &text)),
                Terms::Parts(name) => named.extend(ends(&text).filter_map(|end| field_word(name, end))),
                Terms::Words => add_words(&mut words, &text),
                Terms::Query => {
                    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
                        add_words(&mut words, &name);
                        add_words(&mut words, &value);
                    }
                }
            }
        }
    }
    named.into_iter().chain(words).take(MOST).collect()
}

fn add_words(words: &mut BTreeSet<String>, text: &str) {
    for whole in text.split(between_words) {
        words.extend(word(whole));
        if !whole.chars().all(char::is_alphanumeric) {
            words.extend(whole.split(|character: char| !character.is_alphanumeric()).filter_map(word));
        }
    }
}

/// Returns the words of a typed text.
pub(crate) fn of_text(text: &str) -> BTreeSet<String> {
    text.split(between_words).filter_map(word).collect()
}

/// Normalizes a word for both engines: letters and digits, and `.`, `:`, `-` and `_` inside.
/// Returns `None` if nothing remains.
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

/// The same for ASCII, which nearly every record is: one pass and one allocation.
fn ascii_word(text: &str) -> Option<String> {
    let kept = text.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let kept = kept.chars().map(|character| match character {
        'a'..='z' | '0'..='9' | '.' | ':' | '-' | '_' => character,
        _ if character.is_ascii_alphabetic() => character.to_ascii_lowercase(),
        _ => '_',
    });
    Some(kept.collect()).filter(|kept: &String| !kept.is_empty())
}

/// Returns each word of a text, and the rest of it from each of its parts on: `billing/key` and
/// `key`. The beginning of a part that somebody types is the beginning of one of these.
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
