//! The task that keeps the words of secrets and identities.
//!
//! Triggers write down what has changed, in the transaction that changes it, so no code can forget to. Nothing waits for
//! this task: what it has not reached yet is searched row by row.

use crate::db::rows::Insert;
use crate::db::transaction::{Lockable, Source};
use crate::db::{self, Database, Row, unavailable};
use crate::lockable;
use crate::search::sql::{SECRET, words_of_identity, words_of_secret};
use doorward::Clock;
use doorward::guard::Unavailable;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Weak};
use std::time::Duration;

/// The pause between two looks for changes.
const EVERY: Duration = Duration::from_secs(1);
/// The pause between two transactions, so that other writers get a turn.
const REST: Duration = Duration::from_millis(5);

const IS_STALE: &str = "select 1 from search_stale limit 1";
/// Two processes take different changes.
const STALE: Lockable =
    lockable!("select what, thing from search_stale order by what, thing limit 100", "for update skip locked");
const FRESH: &str = "delete from search_stale where what = $1 and thing = $2";
const KEPT: &str = "select scope, words from search_texts where thing = $1";
const FORGET: &str = "delete from search_texts where thing = $1";
const FORGET_WORD: &str = "delete from search_words where scope = $1 and word = $2 and thing = $3";

static ADD_TEXT: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("insert into search_texts (thing, scope, words) values", 3));
static ADD_WORD: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("insert into search_words (scope, word, thing) values", 3));

/// Where a thing is found, and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The environment of a secret, or `@people`.
    pub scope: String,
    pub words: Vec<String>,
}

/// Starts the task. It ends when `clock` is dropped.
pub fn start(database: Database, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while Weak::upgrade(&clock).is_some() {
            if all(&database).await.is_err() {
                tracing::warn!("what has changed cannot be searched by its words yet; it is tried again in a second");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Keeps the words of everything that has changed.
pub async fn all(database: &Database) -> Result<(), Unavailable> {
    while Source::reader(database).optional(db::query(IS_STALE)).await?.is_some() {
        if some(database).await? == 0 {
            // Another process has taken them.
            break;
        }
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// Keeps the words of one batch, and returns how many things it had.
async fn some(database: &Database) -> Result<usize, Unavailable> {
    let mut source = Source::writer(database).await?;
    let rows = source.all(db::query(source.text(STALE))).await?;
    let read = |row: &Row| Ok::<_, sqlx::Error>((row.try_get::<String>("what")?, row.try_get::<String>("thing")?));
    let stale = rows.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(unavailable)?;
    let (mut texts, mut words) = (Vec::new(), Vec::new());
    for (what, thing) in &stale {
        let new = if what == SECRET {
            words_of_secret(&mut source, thing).await?
        } else {
            words_of_identity(&mut source, thing).await?
        };
        let missing = replace(&mut source, thing, new.as_ref()).await?;
        if let Some(new) = new {
            words.extend(missing.into_iter().map(|word| (new.scope.clone(), word, thing.clone())));
            texts.push((thing.clone(), new.scope, new.words.join(" ")));
        }
        source.execute(db::query(FRESH).bind(what.clone()).bind(thing.clone())).await?;
    }
    add(&mut source, &ADD_TEXT, &texts).await?;
    add(&mut source, &ADD_WORD, &words).await?;
    source.commit().await?;
    Ok(stale.len())
}

/// Removes what is kept of a thing, except for words that it still has. Returns those that it has gained.
async fn replace(source: &mut Source, thing: &str, new: Option<&Text>) -> Result<Vec<String>, Unavailable> {
    let all = || new.map(|new| new.words.clone()).unwrap_or_default();
    let Some(row) = source.optional(db::query(KEPT).bind(thing.to_owned())).await? else { return Ok(all()) };
    let scope: String = row.try_get("scope").map_err(unavailable)?;
    let words: String = row.try_get("words").map_err(unavailable)?;
    let kept: BTreeMap<&str, bool> = words
        .split_whitespace()
        .map(|word| (word, new.is_some_and(|new| new.scope == scope && new.words.iter().any(|one| one == word))))
        .collect();
    for (word, _) in kept.iter().filter(|(_, stays)| !**stays) {
        let statement = db::query(FORGET_WORD).bind(scope.clone()).bind((*word).to_owned()).bind(thing.to_owned());
        source.execute(statement).await?;
    }
    source.execute(db::query(FORGET).bind(thing.to_owned())).await?;
    Ok(all().into_iter().filter(|word| kept.get(word.as_str()) != Some(&true)).collect())
}

async fn add(source: &mut Source, insert: &Insert, rows: &[(String, String, String)]) -> Result<(), Unavailable> {
    for (statement, part) in insert.parts(rows) {
        let bind = |statement: db::Statement, (one, two, three): &(String, String, String)| {
            statement.bind(one.clone()).bind(two.clone()).bind(three.clone())
        };
        source.execute(part.iter().fold(db::query(statement), bind)).await?;
    }
    Ok(())
}
