//! What must be true of the rows, whenever the server was killed.

use super::count;
use super::journal::Journal;
use sqlx::{AnyPool, Row};
use std::collections::HashSet;

/// A record names the request that its answer named.
pub async fn answers_have_their_records(rows: &AnyPool, journal: &Journal) {
    let found = sqlx::query("select distinct request from audit").fetch_all(rows).await.expect("the records");
    let recorded: HashSet<String> = found.iter().map(|row| row.get(0)).collect();
    for (request, what) in &journal.answers {
        assert!(recorded.contains(request), "{what}, request {request}, was answered and has no record");
    }
}

/// Statements that count what one transaction should have made impossible.
const NEVER: [(&str, &str); 11] = [
    (
        "a value without its record",
        "select count(*) from secret_versions v where v.version > 1 and not exists (select 1 from audit a where \
         a.action = 'secret.rotate' and a.outcome = 'done' and a.resource = 'secret:' || v.secret and \
         a.at = v.created_at and a.identity = v.created_by)",
    ),
    (
        "more or fewer values than their records",
        "select (select count(*) from secret_versions where version > 1) - \
         (select count(*) from audit where action = 'secret.rotate' and outcome = 'done')",
    ),
    (
        "a secret whose version is not its newest value's",
        "select count(*) from secrets s where s.version <> (select max(v.version) from secret_versions v where v.secret = s.id)",
    ),
    (
        "a grant without its record",
        "select count(*) from grants g where g.granted_at > (select max(created_at) from identities) and not exists \
         (select 1 from audit a where a.action = 'secret.share' and a.outcome = 'done' and \
         a.resource = 'secret:' || g.secret and a.at = g.granted_at and a.identity = g.granted_by)",
    ),
    (
        "a session without the record of its beginning",
        "select count(*) from sessions s where not exists (select 1 from audit a where a.action = 'session.start' and \
         a.outcome = 'done' and a.session = s.id)",
    ),
    (
        "the record of a beginning without its session, handle and authentication",
        "select count(*) from audit a where a.action = 'session.start' and a.outcome = 'done' and \
         a.request <> 'demonstration' and not exists \
         (select 1 from sessions s join handles h on h.session = s.id join authentications n on n.id = s.authentication \
         where s.id = a.session)",
    ),
    (
        "a session that ended by itself and has no record of that",
        "select count(*) from sessions s where s.ended_because like 'by %' and not exists (select 1 from audit a where \
         a.outcome = 'done' and a.at = s.ended_at and ((a.action = 'session.end' and a.session = s.id) or \
         (a.action = 'session.end_one' and a.resource = 'session:' || s.id)))",
    ),
    (
        "more or fewer revocations than their records",
        "select (select count(*) from revocations) - (select count(*) from audit where outcome = 'done' and \
         action in ('session.end', 'session.end_one', 'session.end_own'))",
    ),
    (
        "an identity whose sessions were all ended without a record of that, or the other way round",
        "select count(*) from identities i where i.epoch <> (select count(*) from audit a where \
         a.action = 'session.end_own' and a.outcome = 'done' and a.identity = i.id)",
    ),
    (
        "a record without its outcome, or with one that its decision cannot have",
        "select count(*) from audit where outcome is null or (decision = 'refused') <> (outcome = 'refused')",
    ),
    (
        "a name that was refused because it is taken, and whose record does not say so",
        "select count(*) from audit where action = 'secret.rename' and outcome not in ('invalid', 'failed', 'given_up')",
    ),
];

pub async fn no_effect_is_without_its_record(rows: &AnyPool) {
    for (what, statement) in NEVER {
        assert_eq!(count(rows, statement).await, 0, "{what}");
    }
}
