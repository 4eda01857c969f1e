//! The tables `search_texts` (the words of a thing), `search_words` (the things of a word) and `search_stale` (what has
//! changed since its words were kept).

use super::indexer::Text;
use crate::db::transaction::Source;
use crate::db::{self, Row, Value, unavailable};
use app::search::store::{FoundIdentity, words};
use doorward::guard::Unavailable;
use doorward::{IdentityId, Kind};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

/// The value of `what` for secrets.
pub const SECRET: &str = "secret";
/// The scope of identities. No environment has such a name.
pub const PEOPLE: &str = "@people";
/// So many changes that have no words yet are looked at one by one.
const LOOKED_AT: i64 = 200;
const WAITING: &str = "select count(*) as many from search_stale where what = $1";

const OF_SECRET: &str = "select s.environment, s.name, s.description, o.name as owner, o.display_name \
     from secrets s join identities o on o.id = s.owner where s.id = $1 and s.archived_at is null";
const TAGS: &str = "select tag from secret_tags where secret = $1 order by tag";
const OF_IDENTITY: &str = "select name, display_name from identities where id = $1";
const IDENTITY: &str = "select id, name, display_name, kind from identities where id = $1";

/// Returns the words of a secret that is in use.
pub(super) async fn words_of_secret(source: &mut Source, id: &str) -> Result<Option<Text>, Unavailable> {
    let Some(row) = source.optional(db::query(OF_SECRET).bind(id.to_owned())).await? else { return Ok(None) };
    let mut text = text(&row, &["name", "description", "owner", "display_name"]).map_err(unavailable)?;
    for row in source.all(db::query(TAGS).bind(id.to_owned())).await? {
        text.push(' ');
        text.push_str(row.try_get("tag").map_err(unavailable)?);
    }
    let scope = row.try_get("environment").map_err(unavailable)?;
    Ok(Some(Text { scope, words: words(&text) }))
}

/// Returns the words of an identity.
pub(super) async fn words_of_identity(source: &mut Source, id: &str) -> Result<Option<Text>, Unavailable> {
    let row = source.optional(db::query(OF_IDENTITY).bind(id.to_owned())).await?;
    let text = row.map(|row| text(&row, &["name", "display_name"])).transpose().map_err(unavailable)?;
    Ok(text.map(|text| Text { scope: PEOPLE.to_owned(), words: words(&text) }))
}

fn text(row: &Row, columns: &[&str]) -> Result<String, sqlx::Error> {
    let parts = columns.iter().map(|column| row.try_get::<String>(column)).collect::<Result<Vec<_>, _>>()?;
    Ok(parts.join(" "))
}

/// What has changed is found by what it is now, and no longer by what it was.
const UNCHANGED: &str =
    " and not exists (select 1 from search_stale c where c.what in ('secret', '@people') and c.thing = x.thing)";

/// Words that a thing must have, or the beginnings of them.
pub struct Beginnings {
    longest: String,
    others: Vec<String>,
}

impl Beginnings {
    /// Returns `None` if there is no word.
    pub fn of(mut words: Vec<String>) -> Option<Self> {
        let place = (0..words.len()).max_by_key(|place| words[*place].len())?;
        let longest = words.swap_remove(place);
        Some(Self { longest, others: words })
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.longest).chain(&self.others)
    }

    /// Returns whether these words have one of the beginnings.
    pub fn fit_one(&self, words: &[String]) -> bool {
        self.all().any(|typed| words.iter().any(|word| word.starts_with(typed.as_str())))
    }

    /// Returns whether these words have all of the beginnings.
    pub fn fit(&self, words: &[String]) -> bool {
        self.all().all(|typed| words.iter().any(|word| word.starts_with(typed.as_str())))
    }
}

/// The things of one scope, in the order of their words: the index is read only as far as there are results.
pub async fn in_scope(
    source: &mut Source,
    scope: &str,
    typed: &Beginnings,
    among: Option<(&str, &[Value])>,
    most: usize,
) -> Result<Vec<String>, Unavailable> {
    let (among, own) = among.unwrap_or(("", &[]));
    // Behind every word that begins with the longest one: no character is higher.
    let end = format!("{}\u{10ffff}", typed.longest);
    let mut values = own.to_vec();
    values.extend([scope.to_owned().into(), typed.longest.clone().into(), end.into()]);
    let places = own.len();
    let mut text = format!(
        "select w.thing from search_words w join search_texts x on x.thing = w.thing where w.scope = ${} \
         and w.word >= ${} and w.word < ${}",
        places + 1,
        places + 2,
        places + 3
    );
    for other in &typed.others {
        values.push(format!(" {other}").into());
        text.push_str(&format!(" and ' ' || x.words like '%' || ${} || '%'", values.len()));
    }
    text.push_str(UNCHANGED);
    if !among.is_empty() {
        text.push_str(&format!(" and w.thing in ({among})"));
    }
    // A thing may have several words with this beginning.
    text.push_str(&format!(" order by w.word, w.thing limit {}", most * 2));
    things(source, text, values).await
}

/// The things among a few that have all words.
pub async fn among(
    source: &mut Source,
    typed: &Beginnings,
    (few, own): (&str, &[Value]),
    most: usize,
) -> Result<Vec<String>, Unavailable> {
    let mut values = own.to_vec();
    let mut text =
        format!("select x.thing from ({few}) m join search_texts x on x.thing = m.id where x.scope <> '{PEOPLE}'");
    for word in typed.all() {
        values.push(format!(" {word}").into());
        text.push_str(&format!(" and ' ' || x.words like '%' || ${} || '%'", values.len()));
    }
    text.push_str(UNCHANGED);
    text.push_str(&format!(" limit {most}"));
    things(source, text, values).await
}

/// The things of this kind that have changed since their words were kept, if they have all words now.
pub async fn changed(source: &mut Source, what: &str, typed: &Beginnings) -> Result<Vec<String>, Unavailable> {
    let text = format!("select thing from search_stale where what = $1 limit {LOOKED_AT}");
    let mut fitting = Vec::new();
    for thing in things(source, text, vec![what.to_owned().into()]).await? {
        let text = if what == SECRET {
            words_of_secret(source, &thing).await?
        } else {
            words_of_identity(source, &thing).await?
        };
        if text.is_some_and(|text| typed.fit(&text.words)) {
            fitting.push(thing);
        }
    }
    Ok(fitting)
}

/// Returns how many changes have no words yet and are not looked at either.
pub async fn unsearched(source: &mut Source, with_people: bool) -> Result<i64, Unavailable> {
    let mut unsearched = 0;
    for what in [SECRET, PEOPLE].into_iter().filter(|what| with_people || *what != PEOPLE) {
        let row = source.optional(db::query(WAITING).bind(what.to_owned())).await?.ok_or(Unavailable)?;
        let waiting: i64 = row.try_get("many").map_err(unavailable)?;
        unsearched += waiting.saturating_sub(LOOKED_AT).max(0);
    }
    Ok(unsearched)
}

async fn things(source: &mut Source, text: String, values: Vec<Value>) -> Result<Vec<String>, Unavailable> {
    let statement = values.into_iter().fold(db::query(AssertSqlSafe(text).into_sql_str()), db::Statement::bind);
    let rows = source.all(statement).await?;
    let mut things: Vec<String> = Vec::new();
    for row in &rows {
        let thing = row.try_get::<String>(0).map_err(unavailable)?;
        if !things.contains(&thing) {
            things.push(thing);
        }
    }
    Ok(things)
}

/// Returns an identity as it is now.
pub async fn identity(source: &mut Source, id: &str) -> Result<Option<FoundIdentity>, Unavailable> {
    let row = source.optional(db::query(IDENTITY).bind(id.to_owned())).await?;
    let read = |row: &Row| -> Result<FoundIdentity, sqlx::Error> {
        let kind = Kind::parse(row.try_get("kind")?);
        Ok(FoundIdentity {
            id: IdentityId::parse(row.try_get("id")?).map_err(db::broken)?,
            name: row.try_get("name")?,
            display_name: row.try_get("display_name")?,
            kind: kind.ok_or_else(|| db::broken("an unknown kind"))?,
        })
    };
    row.as_ref().map(read).transpose().map_err(unavailable)
}
