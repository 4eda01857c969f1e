//! Statements about rotation. The list selects candidates by the conditions of the list of secrets, and decides each row.

use crate::db::transaction::Source;
use crate::db::{self, Row, unavailable};
use crate::identities::held;
use crate::secrets::grants::granted;
use crate::secrets::lists::{self, Candidate, conditions, environments_where, own, row};
use app::secrets::filter::{Filter, RotationFilter};
use app::secrets::policy::{INVENTORY, ReadSecret, is_to_rotate};
use app::secrets::store::{DueWeek, PAGE_ROWS, RotationRow, RotationState, ToRotate, WEEKS};
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Principal, SecretId, TimeSpan, Timestamp};

/// The due date. The index `secrets_by_due` has the same text.
macro_rules! due {
    () => {
        "(s.rotated_at + s.rotation_days * 86400000)"
    };
}

/// From when on it counts as due: as `Rotation::lead` says.
macro_rules! due_from {
    () => {
        concat!("(", due!(), " - case when s.rotation_days >= 28 then 604800000 else s.rotation_days * 21600000 end)")
    };
}

/// As `Rotation::state` says.
macro_rules! state {
    ($now:literal) => {
        concat!(
            "case when s.rotation_days is null then 'none' when ",
            due!(),
            " <= ",
            $now,
            " then 'overdue' when ",
            due_from!(),
            " <= ",
            $now,
            " then 'due' else 'later' end"
        )
    };
}

pub(super) use {due, due_from};

/// The statements of one way to find candidates.
struct Statements {
    page: &'static str,
    count: &'static str,
    weeks: &'static str,
}

macro_rules! statements {
    ($($from:tt)+) => {
        Statements {
            page: concat!(
                row!($($from)+),
                conditions!(),
                "and ($8 = '' and s.rotation_days is not null or $8 = ",
                state!("$2"),
                ") order by ",
                due!(),
                ", s.name, s.id limit $9 + 0 offset $10"
            ),
            count: concat!(
                "select count(*) as many from ",
                $($from)+,
                " ",
                conditions!(),
                "and ($8 = '' and s.rotation_days is not null or $8 = ",
                state!("$2"),
                ")"
            ),
            weeks: concat!(
                "select d.week, count(*) as many from (select case when ",
                due!(),
                " <= $2 then -1 else (",
                due!(),
                " - $8) / 604800000 end as week from ",
                $($from)+,
                " ",
                conditions!(),
                "and s.rotation_days is not null and ",
                due!(),
                " < $9) d group by d.week"
            ),
        }
    };
}

const OVERSEEN: Statements = statements!("secrets s");
const OWN: Statements = statements!(own!());

/// What is due among the secrets that somebody owns or was granted.
const TO_ROTATE: &str = concat!(
    row!(own!()),
    conditions!(),
    "and s.rotation_days is not null and ",
    due_from!(),
    " <= $2 order by ",
    due!(),
    " limit $8 + 0"
);

const SET_PERIOD: &str = "update secrets set rotation_days = $1 where id = $2";

/// The most secrets that are counted for the overview.
const MOST_COUNTED: i64 = 1_000;

const WEEK: i64 = TimeSpan::hours(7 * 24).0;
/// The first Monday after the beginning of 1970, which was a Thursday.
const FIRST_MONDAY: i64 = TimeSpan::hours(4 * 24).0;

fn statements(filter: &RotationFilter, who: &Principal) -> &'static Statements {
    if who.holds(INVENTORY).somewhere().allows() && !filter.own { &OVERSEEN } else { &OWN }
}

fn narrowed(statement: &'static str, filter: &RotationFilter, who: &Principal) -> db::Statement {
    let RotationFilter { environment, folder, .. } = filter;
    let filter = Filter { environment: environment.clone(), folder: folder.clone(), ..Filter::default() };
    lists::narrowed(statement, &filter, who)
}

async fn candidates(source: &mut Source, statement: db::Statement) -> Result<Vec<Candidate>, Unavailable> {
    let rows = source.all(statement).await?;
    rows.iter().map(lists::read_candidate).collect::<Result<_, _>>().map_err(unavailable)
}

/// Returns one page, decided row by row, and how many rows there are on all pages.
pub(super) async fn page(
    source: &mut Source,
    filter: &RotationFilter,
    who: &Principal,
) -> Result<(Vec<RotationRow>, i64), Unavailable> {
    let Statements { page, count, .. } = statements(filter, who);
    let state = filter.state.map_or("", RotationState::as_str).to_owned();
    let before = i64::from(PAGE_ROWS) * i64::from(filter.page - 1);
    let rows = narrowed(page, filter, who).bind(state.clone()).bind(i64::from(PAGE_ROWS)).bind(before);
    let rows = candidates(source, rows).await?;
    let total = source.optional(narrowed(count, filter, who).bind(state)).await?;
    let total = total.map_or(Ok(0), |row| row.try_get("many")).map_err(unavailable)?;
    let allowed = rows.into_iter().filter(|found| ReadSecret { id: found.row.id }.decide(who, &found.facts).allows());
    let rows = allowed.map(|Candidate { row, rotation, .. }| RotationRow {
        id: row.id,
        name: row.name,
        environment: row.environment,
        owner: row.owner,
        rotation,
    });
    Ok((rows.collect(), total))
}

/// Returns how many secrets are overdue, and how many fall due in each week.
pub(super) async fn weeks(
    source: &mut Source,
    filter: &RotationFilter,
    who: &Principal,
) -> Result<(i64, Vec<DueWeek>), Unavailable> {
    let begins = Timestamp(who.now.0 - (who.now.0 - FIRST_MONDAY).rem_euclid(WEEK));
    let from = |number: usize| begins.plus(TimeSpan(i64::try_from(number).unwrap_or_default() * WEEK));
    let mut weeks: Vec<DueWeek> = (0..WEEKS).map(|number| DueWeek { from: from(number), secrets: 0 }).collect();
    let statement = narrowed(statements(filter, who).weeks, filter, who).bind(begins.0).bind(from(WEEKS).0);
    let mut overdue = 0;
    for row in source.all(statement).await? {
        let read = |row: &Row| Ok((row.try_get::<i64>("week")?, row.try_get("many")?));
        let (number, count) = read(&row).map_err(unavailable)?;
        match usize::try_from(number).ok().and_then(|number| weeks.get_mut(number)) {
            Some(week) => week.secrets = count,
            None => overdue = count,
        }
    }
    Ok((overdue, weeks))
}

/// Returns how many secrets somebody is to give a new value, decided one by one.
pub async fn to_rotate(source: &mut Source, who: &Principal) -> Result<ToRotate, Unavailable> {
    let statement = lists::narrowed(TO_ROTATE, &Filter::default(), who).bind(MOST_COUNTED);
    let mut count = ToRotate::default();
    for found in candidates(source, statement).await? {
        if is_to_rotate(found.row.id, who, &found.facts) {
            match found.rotation.state(who.now) {
                RotationState::Overdue => count.overdue += 1,
                _ => count.due += 1,
            }
        }
    }
    Ok(count)
}

/// Sets or removes a secret's period.
pub(super) async fn set_period(source: &mut Source, id: SecretId, days: Option<i64>) -> Result<(), Unavailable> {
    source.execute(db::query(SET_PERIOD).bind(days).bind(id.to_string())).await.map(|_| ())
}
