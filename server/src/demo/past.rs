//! The demonstration's past: a month of decisions, older versions of some secrets, two incidents. All of it is invented,
//! and each of its records says so in its request id.

use super::{Kept, TakesPart, details, new_password, sql};
use crate::access::incidents;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::ledger;
use crate::secrets::values::Target;
use crate::secrets::{self, versions};
use app::access::store::IncidentKind;
use app::ledger::policy::ReadLedger;
use app::secrets::policy::{ListSecrets, ReadSecret, RevealSecret, RotateSecret};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::ledger::{AuditEntry, Channel, Outcome, PolicyRows, Who};
use doorward::{ClientOrigin, Grounds, Kind, Method, Reason, RecordId, SessionId, TimeSpan, Timestamp};

/// The request id of every invented record.
const REQUEST: &str = "demonstration";
const DAYS: i64 = 30;
/// Every secret is older than each record about it, so its readers have read a version that was there.
pub(super) const BEGINS: TimeSpan = TimeSpan::hours(24 * (DAYS + 1));
const ADDRESSES: [&str; 3] = ["198.51.100.20", "198.51.100.34", "203.0.113.9"];
/// Which secrets have more than one version: the number of a secret, and the days ago on which it was rotated.
const ROTATED: [(usize, &[i64]); 5] = [(17, &[26, 12]), (42, &[20]), (75, &[15]), (116, &[21, 14, 7]), (155, &[3])];
const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

/// Numbers that look random and are the same at each start (a linear congruential generator, after Knuth).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.roll(u64::try_from(from.len()).unwrap_or(1));
        from.get(usize::try_from(at).unwrap_or_default())
    }
}

/// A decision that is not a record yet.
struct Decided<'a> {
    at: Timestamp,
    who: Option<&'a TakesPart>,
    action: &'static str,
    about: Option<&'a Kept>,
    outcome: Result<Grounds, Reason>,
}

/// Writes the past into a transaction that has just filled the database.
pub(super) async fn write(
    backend: &SqlBackend,
    source: &mut Source,
    people: &[TakesPart],
    kept: &[Kept],
    now: Timestamp,
) -> Result<(), Unavailable> {
    let mut decided = rotations(backend, source, people, kept, now).await?;
    // Whatever the days bring, the first secret was revealed yesterday by somebody with a grant.
    decided.push(Decided {
        at: Timestamp(days_before(now, 1).0 - TimeSpan::hours(1).0),
        who: named(people, "vera"),
        action: RevealSecret::NAME,
        about: kept.first(),
        outcome: Ok(Grounds::ROLE.with(Grounds::GRANT)),
    });
    let mut dice = Dice(2_026);
    for day in (0..DAYS).rev() {
        decided.extend(a_day(&mut dice, people, kept, now, day));
    }
    decided.sort_by_key(|decided| decided.at);
    for decided in decided.iter().filter(|decided| decided.at < now) {
        let entry = record(backend, decided, &mut dice);
        ledger::sql::append_in(source, &entry).await?;
    }
    if let Some(ada) = named(people, "ada") {
        details::write(backend, source, kept, ada.id, now).await?;
    }
    open_incidents(backend, source, people, now).await
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    Timestamp(now.0 - TimeSpan::hours(24 * days).0)
}

fn named<'a>(people: &'a [TakesPart], name: &str) -> Option<&'a TakesPart> {
    people.iter().find(|person| person.name == name)
}

async fn rotations<'a>(
    backend: &SqlBackend,
    source: &mut Source,
    people: &'a [TakesPart],
    kept: &'a [Kept],
    now: Timestamp,
) -> Result<Vec<Decided<'a>>, Unavailable> {
    let mut decided = Vec::new();
    for (number, days) in ROTATED {
        let Some(secret) = kept.get(number) else { continue };
        let owner = people.iter().find(|person| person.id == secret.owner);
        for day in days {
            let at = Timestamp(days_before(now, *day).0 - TimeSpan::hours(2).0);
            let Some((version, environment)) = secrets::sql::next_version(source, secret.id, at).await? else {
                continue;
            };
            let target = Target { secret: secret.id, version, environment: &environment, by: Some(secret.owner) };
            backend.store_version(source, &target, &new_password(&*backend.random).into(), at).await?;
            let why = details::reason(decided.len());
            versions::sql::note(source, secret.id, version, why, None).await?;
            let outcome = Ok(Grounds::ROLE.with(Grounds::OWNER));
            decided.push(Decided { at, who: owner, action: RotateSecret::NAME, about: Some(secret), outcome });
        }
    }
    Ok(decided)
}

/// What one day brings: many decisions at work, few at the weekend.
fn a_day<'a>(dice: &mut Dice, people: &'a [TakesPart], kept: &'a [Kept], now: Timestamp, day: i64) -> Vec<Decided<'a>> {
    let midnight = days_before(now, day).0.div_euclid(86_400_000) * 86_400_000;
    // 1 January 1970 was a Thursday.
    let is_weekend = matches!((midnight / 86_400_000 + 4) % 7, 0 | 6);
    let count = if is_weekend { 4 + dice.roll(6) } else { 24 + dice.roll(24) };
    let events = (0..count).filter_map(|_| {
        let minute = 7 * 60 + dice.roll(12 * 60);
        let at = Timestamp(midnight + i64::try_from(minute * 60_000 + dice.roll(60_000)).unwrap_or_default());
        one(dice, people, kept, at)
    });
    events.collect()
}

fn one<'a>(dice: &mut Dice, people: &'a [TakesPart], kept: &'a [Kept], at: Timestamp) -> Option<Decided<'a>> {
    let of = |name: &str| named(people, name);
    let role = Ok(Grounds::ROLE);
    let (name, action, outcome) = match dice.roll(100) {
        0..20 => (*dice.pick(&["omar", "ada", "vera", "petra", "quinn"])?, "session.start", Ok(Grounds::SESSION)),
        20..44 => (*dice.pick(&["omar", "ada", "petra"])?, ListSecrets::NAME, role),
        44..66 => (*dice.pick(&["omar", "omar", "ada"])?, ReadSecret::NAME, Ok(Grounds::ROLE.with(Grounds::OWNER))),
        66..78 => (*dice.pick(&["omar", "omar", "ada"])?, RevealSecret::NAME, Ok(Grounds::ROLE.with(Grounds::OWNER))),
        78..86 => ("vera", RevealSecret::NAME, Ok(Grounds::ROLE.with(Grounds::GRANT))),
        86..90 => ("petra", RevealSecret::NAME, Err(Reason::NoPermission)),
        90..93 => ("ada", RevealSecret::NAME, Err(Reason::NotGranted)),
        93..95 => ("vera", RevealSecret::NAME, Err(Reason::OtherEnvironment)),
        95..97 => ("noor", ListSecrets::NAME, Err(Reason::NoPermission)),
        _ => ("quinn", ReadLedger::NAME, role),
    };
    let who = of(name)?;
    let fits = |kept: &&Kept| match (&outcome, name) {
        (Ok(grounds), "vera") if grounds.include(Grounds::GRANT) => kept.granted && kept.environment.as_str() == "dev",
        (Err(Reason::OtherEnvironment), _) => kept.granted && kept.environment.as_str() != "dev",
        (Ok(grounds), _) if grounds.include(Grounds::OWNER) => kept.owner == who.id,
        (Err(Reason::NotGranted), _) => kept.owner != who.id,
        _ => true,
    };
    let is_about_a_secret = action == RevealSecret::NAME || action == ReadSecret::NAME;
    let fitting: Vec<&Kept> = kept.iter().filter(fits).collect();
    let about = if is_about_a_secret { Some(*dice.pick(&fitting)?) } else { None };
    Some(Decided { at, who: Some(who), action, about, outcome })
}

fn record(backend: &SqlBackend, decided: &Decided<'_>, dice: &mut Dice) -> AuditEntry {
    let (code, words) = match (decided.action, decided.outcome) {
        ("session.start", Ok(_)) => ("password".to_owned(), "by password".to_owned()),
        (_, Ok(grounds)) => (grounds.code(), grounds.words()),
        (_, Err(reason)) => (reason.code().to_owned(), reason.words().to_owned()),
    };
    let rows = decided.who.and_then(|who| who.role).map(|role| format!("{role} everywhere")).unwrap_or_default();
    AuditEntry {
        who: decided.who.map(|who| who.to_record(decided.at)),
        resource: decided.about.map(|secret| format!("secret:{}", secret.id)).unwrap_or_default(),
        allowed: decided.outcome.is_ok(),
        code,
        words,
        entry: Channel::Page,
        address: dice.pick(&ADDRESSES).map(|address| (*address).to_owned()),
        request: REQUEST.to_owned(),
        policy: Some(PolicyRows { version: 1, rows }),
        environment: decided.about.map(|secret| secret.environment.clone()),
        outcome: Some(Outcome::of_decision(decided.outcome.is_ok())),
        resource_name: decided.about.map(|secret| secret.name.clone()),
        ..AuditEntry::new(RecordId::new(decided.at, &*backend.random), decided.at, decided.action)
    }
}

impl TakesPart {
    fn to_record(&self, at: Timestamp) -> Who {
        Who {
            identity: self.id,
            name: self.name.into(),
            kind: Kind::Person,
            session: None,
            authentication: None,
            method: Some(Method::Password),
            authenticated: Some(at),
        }
    }
}

/// One incident that was closed, and one that waits.
async fn open_incidents(
    backend: &SqlBackend,
    source: &mut Source,
    people: &[TakesPart],
    now: Timestamp,
) -> Result<(), Unavailable> {
    let (Some(vera), Some(ada)) = (named(people, "vera"), named(people, "ada")) else { return Ok(()) };
    let place = ClientOrigin { address: Some(ADDRESSES[2].to_owned()), user_agent: Some(BROWSER.to_owned()) };
    for (at, closed) in [(days_before(now, 9), true), (Timestamp(now.0 - TimeSpan::hours(3).0), false)] {
        let session = SessionId::new(at, &*backend.random);
        let who = vera.to_record(at);
        incidents::open(source, IncidentKind::Replay, &who, session, &place, at, &*backend.random).await?;
        if closed {
            sql::close_incident(source, session, ada.id, at.plus(TimeSpan::hours(1))).await?;
        }
    }
    Ok(())
}
