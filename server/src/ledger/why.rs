//! What explains a decision beyond its record: the grant behind it, and the policy now.

use crate::db::transaction::Source;
use crate::db::{self, unavailable};
use crate::identities;
use crate::ledger::records;
use app::ledger::search::{Routine, Search};
use app::ledger::store::{GrantBehind, Why};
use app::routes;
use app::secrets::policy::ShareSecret;
use doorward::action::Action as _;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Outcome, PolicyRows, Who};
use doorward::{Environments, Principal, TimeSpan, Timestamp};

const GRANT: &str = "select i.name, g.granted_at, g.ends_at from held_grants g left join identities i on i.id = g.granted_by \
     where g.secret = $1 and g.identity = $2 and g.granted_at <= $3 \
     order by g.granted_at desc limit 1";

/// The number of shares of a secret that are searched for the one behind a decision.
const SHARES: u32 = 50;

/// Explains the decision of a record to `reader`, who may see all of it.
pub(crate) async fn of(source: &mut Source, record: &AuditEntry, reader: &Principal) -> Result<Why, Unavailable> {
    let Some(who) = &record.who else { return Ok(Why::default()) };
    let by_grant = record.allowed && record.code.split('+').any(|grounds| grounds == "grant");
    let grant = match record.resource.strip_prefix("secret:").filter(|_| by_grant) {
        Some(secret) => grant(source, record, secret, who).await?,
        None => None,
    };
    let now = match permission(&record.action).filter(|_| record.policy.is_some()) {
        Some(permission) => {
            let held = identities::held::held_by(source, who.identity, reader.now).await?;
            let rows = held.holdings.iter().filter(|holding| *holding.permission == *permission);
            let rows: Vec<_> = rows.map(ToString::to_string).collect();
            Some(PolicyRows { version: reader.policy, rows: rows.join(", ") })
        }
        None => None,
    };
    Ok(Why { grant, now })
}

/// Returns the permission that an action of this name asks for.
fn permission(action: &str) -> Option<&'static str> {
    let manifest = routes::manifest();
    let mut questions = manifest.iter().flat_map(|route| {
        let actions = route.actions.iter().map(|(_, question)| question);
        route.loaders.iter().chain(actions)
    });
    questions.find(|question| question.action == action)?.permission
}

/// Returns the grant that the person had when the record was written: by the record of the last
/// share before it, or else, for grants that have no such record, by the grant itself.
async fn grant(
    source: &mut Source,
    record: &AuditEntry,
    secret: &str,
    who: &Who,
) -> Result<Option<GrantBehind>, Unavailable> {
    let search = Search {
        action: ShareSecret::NAME.to_owned(),
        resource: record.resource.clone(),
        outcome: Some(Outcome::Done),
        until: Some(record.at),
        routine: Routine::Shown,
        ..Search::default()
    };
    let shares = records::find(source, &search, &Environments::Everywhere, None, SHARES).await?;
    if let Some(found) = shares.iter().find_map(|share| shared(share, &who.name)) {
        return Ok(Some(found));
    }
    let statement = db::query(GRANT).bind(secret.to_owned()).bind(who.identity.to_string()).bind(record.at.0);
    let Some(row) = source.optional(statement).await? else { return Ok(None) };
    let read = || {
        Ok::<_, sqlx::Error>(GrantBehind {
            by: row.try_get("name")?,
            at: Timestamp(row.try_get("granted_at")?),
            until: row.try_get::<Option<i64>>("ends_at")?.map(Timestamp),
            record: None,
        })
    };
    read().map(Some).map_err(unavailable)
}

/// Reads the record of a share as a grant, if it is one to this person.
fn shared(share: &AuditEntry, name: &str) -> Option<GrantBehind> {
    let parameter = |name: &str| {
        let mut parameters = form_urlencoded::parse(share.parameters.as_bytes());
        parameters.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    if parameter("with")? != name {
        return None;
    }
    let lasts = parameter("lasts").and_then(|text| text.strip_suffix('s')?.parse().ok());
    Some(GrantBehind {
        by: share.who.as_ref().map(|who| who.name.to_string()),
        at: share.at,
        until: lasts.map(|seconds| share.at.plus(TimeSpan::seconds(seconds))),
        record: Some(share.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward::RecordId;

    #[test]
    fn a_share_is_read_back_from_its_record() {
        let record = AuditEntry {
            parameters: "lasts=3600s&with=vera".to_owned(),
            ..AuditEntry::new(RecordId::NOTHING, Timestamp(5000), ShareSecret::NAME)
        };
        let grant = shared(&record, "vera").expect("a grant");
        assert_eq!((grant.at, grant.until), (Timestamp(5000), Some(Timestamp(3_605_000))));
        assert!(shared(&record, "ver").is_none());
        let without_end = AuditEntry { parameters: "with=vera".to_owned(), ..record };
        assert!(shared(&without_end, "vera").is_some_and(|grant| grant.until.is_none()));
    }
}
