//! The search behind the palette and its page.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::search::sql::{self, Beginnings, PEOPLE, SECRET};
use crate::secrets::lists::{self, scope};
use app::backend::{Permit, StoreError};
use app::identities::policy::{ListIdentities, ReadIdentity};
use app::identities::store::IdentityFacts;
use app::page::Sort;
use app::search::policy::Search;
use app::search::store::{Finder, FoundIdentity, Matches, SearchText, Wanted, words};
use app::secrets::store::SecretRow;
use async_trait::async_trait;
use doorward::Principal;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use std::cmp::Reverse;

#[async_trait]
impl Finder for SqlBackend {
    async fn search(&self, permit: Permit<Search>, text: &SearchText, wanted: Wanted) -> Result<Matches, StoreError> {
        let who = permit.principal();
        let mut source = self.reader();
        let searched_identities = may_search_identities(who);
        let Some(typed) = Beginnings::of(text.words()) else {
            return Ok(Matches { searched_identities, ..Matches::default() });
        };
        let unsearched = sql::unsearched(&mut source, searched_identities).await?;
        let (secrets, has_more_secrets) = secrets(&mut source, who, &typed, wanted).await?;
        let (identities, has_more_identities) =
            if searched_identities { identities(&mut source, who, &typed, wanted).await? } else { Default::default() };
        Ok(Matches { secrets, has_more_secrets, identities, has_more_identities, searched_identities, unsearched })
    }
}

/// Returns the secrets that have all words, each decided as if it were opened. The best match comes first.
async fn secrets(
    source: &mut Source,
    who: &Principal,
    typed: &Beginnings,
    wanted: Wanted,
) -> Result<(Vec<SecretRow>, bool), Unavailable> {
    let most = wanted.most() + 1;
    let mut ids = sql::changed(source, SECRET, typed).await?;
    let scope = scope::of(source, who).await?;
    for environment in &scope.overseen {
        ids.extend(sql::in_scope(source, environment, typed, None, most).await?);
    }
    if !scope.rest.is_empty() {
        let own = (scope.own.as_str(), scope.values.as_slice());
        match scope::few(source, &scope).await? {
            Some(few) => ids.extend(sql::among(source, typed, (&few, own.1), most).await?),
            None => {
                for environment in &scope.rest {
                    ids.extend(sql::in_scope(source, environment, typed, Some(own), most).await?);
                }
            }
        }
    }
    ids.sort_unstable();
    ids.dedup();
    let mut rows = lists::allowed(lists::of_ids(source, &ids, who).await?, who);
    rows.sort_by_cached_key(|row| (rank(&row.name, typed), row.name.clone(), row.environment.clone()));
    let has_more = rows.len() > wanted.most();
    rows.truncate(wanted.most());
    Ok((rows, has_more))
}

/// A match in the last part of the name comes before one in a folder, and that before one in what is said about it.
fn rank(name: &str, typed: &Beginnings) -> Reverse<u8> {
    let last = name.rsplit('/').next().unwrap_or_default();
    Reverse(u8::from(typed.fit(&words(name))) + u8::from(typed.fit_one(&words(last))))
}

fn may_search_identities(who: &Principal) -> bool {
    ListIdentities { matching: String::new(), sort: Sort::default(), page: 1 }.decide(who, &()).allows()
}

async fn identities(
    source: &mut Source,
    who: &Principal,
    typed: &Beginnings,
    wanted: Wanted,
) -> Result<(Vec<FoundIdentity>, bool), Unavailable> {
    let mut ids = sql::changed(source, PEOPLE, typed).await?;
    ids.extend(sql::in_scope(source, PEOPLE, typed, None, wanted.most() + 1).await?);
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for id in ids {
        let Some(identity) = sql::identity(source, &id).await? else { continue };
        let facts = IdentityFacts { id: identity.id, name: identity.name.clone(), owner: None };
        let read = ReadIdentity { id: identity.id };
        if read.decide(who, &facts).allows() {
            found.push(identity);
        }
    }
    found.sort_by_cached_key(|identity| identity.display_name.to_lowercase());
    let has_more = found.len() > wanted.most();
    found.truncate(wanted.most());
    Ok((found, has_more))
}
