//! Statements about rotation. The list selects candidates by the conditions of the list of secrets, and decides each row.

use crate::db::transaction::Source;
use crate::db::{self, Engine, Row, unavailable};
use crate::secrets::lists::{self, Candidate, Narrowed};
use app::secrets::filter::{Filter, RotationFilter};
use app::secrets::policy::{ReadSecret, is_to_rotate};
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

/// The first that is due comes first.
const IN_ORDER: &str = concat!(due!(), ", s.name, s.id");
/// The most secrets that are counted for the overview.
const MOST_COUNTED: i64 = 1_000;

const SET_PERIOD: &str = "update secrets set rotation_days = $1 where id = $2";

const WEEK: i64 = TimeSpan::hours(7 * 24).0;
/// The first Monday after the beginning of 1970, which was a Thursday.
const FIRST_MONDAY: i64 = TimeSpan::hours(4 * 24).0;

fn narrowed(filter: &RotationFilter, who: &Principal, engine: Engine) -> Narrowed {
    let RotationFilter { environment, folder, .. } = filter;
    let list = Filter { environment: environment.clone(), folder: folder.clone(), ..Filter::default() };
    if filter.own { Narrowed::own_rows(&list, who, engine) } else { Narrowed::rows(&list, who, engine) }
}

/// The same, of one state, or of every one in which a secret has a period.
fn in_state(filter: &RotationFilter, who: &Principal, engine: Engine) -> Narrowed {
    let mut narrowed = narrowed(filter, who, engine);
    match filter.state {
        Some(state) => {
            let place = narrowed.place(state.as_str());
            narrowed.add(format!("{} = {place}", state!("$2")));
        }
        None => narrowed.add("s.rotation_days is not null".to_owned()),
    }
    narrowed
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
    let before = i64::from(PAGE_ROWS) * i64::from(filter.page - 1);
    let part = format!("limit {PAGE_ROWS} offset {before}");
    let rows = lists::rows_in(IN_ORDER, in_state(filter, who, source.engine()), &part);
    let rows = candidates(source, rows).await?;
    let counted = in_state(filter, who, source.engine());
    // Both are named, because a statement binds each of its values.
    let text =
        format!("select count(*) as many from {} where {} and $1 <> '' and $2 > 0", counted.from, counted.conditions());
    let total = source.optional(counted.statement(text)).await?;
    let total = total.map_or(Ok(0), |row| row.try_get("many")).map_err(unavailable)?;
    let allowed = rows.into_iter().filter(|found| ReadSecret { id: found.row.id }.decide(who, &found.facts).allows());
    let rows = allowed.map(|Candidate { row, rotation, .. }| RotationRow {
        id: row.id,
        name: row.name,
        environment: row.environment,
        protected: row.protected,
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
    let mut narrowed = narrowed(filter, who, source.engine());
    let (first, end) = (narrowed.place(begins.0), narrowed.place(from(WEEKS).0));
    let text = format!(
        "select d.week, count(*) as many from (select case when {due} <= $2 then -1 else ({due} - {first}) / 604800000 end \
         as week from {} where {} and $1 <> '' and s.rotation_days is not null and {due} < {end}) d group by d.week",
        narrowed.from,
        narrowed.conditions(),
        due = due!(),
    );
    let statement = narrowed.statement(text);
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
    let mut narrowed = Narrowed::own_rows(&Filter::default(), who, source.engine());
    narrowed.add(format!("s.rotation_days is not null and {} <= $2", due_from!()));
    let statement = lists::rows_in(IN_ORDER, narrowed, &format!("limit {MOST_COUNTED}"));
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
pub async fn set_period(source: &mut Source, id: SecretId, days: Option<i64>) -> Result<(), Unavailable> {
    source.execute(db::query(SET_PERIOD).bind(days).bind(id.to_string())).await.map(|_| ())
}
