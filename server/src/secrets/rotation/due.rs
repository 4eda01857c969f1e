//! Tells people that their secrets are due for a new value: once when a due date comes near, and once when it has passed.

use super::sql::{due, due_from};
use crate::account::notices;
use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::db::{self, Database, Row, broken, unavailable};
use crate::identities::principal;
use crate::secrets::{self, details};
use app::account::notices::NoticeKind;
use app::page::form::stated::StatedReason;
use app::secrets::policy::{ReadSecret, RotateSecret};
use app::ui::time::day;
use doorward::action::Action;
use doorward::guard::Unavailable;
use doorward::{Clock, IdentityId, Randomness, SecretId, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The interval between two looks.
const EVERY: Duration = Duration::from_secs(60);
/// How many secrets one look at the table finds.
const BATCH: i64 = 100;

/// A due date that nobody was told of yet. Both columns hold the date that was told, so a new value or another period
/// makes it a new one.
const UNTOLD: &str = concat!(
    "select s.id, ",
    due!(),
    " as due from secrets s where s.archived_at is null and s.rotation_days is not null and ",
    due_from!(),
    " <= $1 and coalesce(case when ",
    due!(),
    " <= $1 then s.overdue_told else s.due_told end, -1) <> ",
    due!(),
    " order by ",
    due!(),
    ", s.id limit $2 + 0"
);

/// Claims the telling, so that no other process tells the same.
macro_rules! claim {
    ($column:literal) => {
        concat!(
            "update secrets as s set ",
            $column,
            " = $1 where s.id = $2 and s.archived_at is null and ",
            due!(),
            " = $1 and coalesce(s.",
            $column,
            ", -1) <> $1"
        )
    };
}

const CLAIM_DUE: &str = claim!("due_told");
const CLAIM_OVERDUE: &str = claim!("overdue_told");

/// What the task needs.
#[derive(Clone)]
pub struct DueNotices {
    database: Database,
    random: Arc<dyn Randomness>,
}

impl DueNotices {
    #[must_use]
    pub fn of(backend: &SqlBackend) -> Self {
        Self { database: backend.database.clone(), random: Arc::clone(&backend.random) }
    }

    /// Tells of every due date that has come at `now`, each in a transaction of its own.
    pub async fn once(&self, now: Timestamp) -> Result<(), Unavailable> {
        loop {
            let rows = Source::reader(&self.database).all(db::query(UNTOLD).bind(now.0).bind(BATCH)).await?;
            let read = |row: &Row| -> Result<(SecretId, Timestamp), sqlx::Error> {
                Ok((SecretId::parse(row.try_get("id")?).map_err(broken)?, Timestamp(row.try_get("due")?)))
            };
            let due = rows.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(unavailable)?;
            let count = due.len();
            // One that fails does not keep the others.
            let mut result = Ok(());
            for (id, due) in due {
                result = result.and(self.tell(id, due, now).await);
            }
            if result.is_err() || i64::try_from(count).is_ok_and(|count| count < BATCH) {
                return result;
            }
        }
    }

    async fn tell(&self, id: SecretId, due: Timestamp, now: Timestamp) -> Result<(), Unavailable> {
        let mut source = Source::writer(&self.database).await?;
        let (claim, kind) = if due <= now {
            (CLAIM_OVERDUE, NoticeKind::RotationOverdue)
        } else {
            (CLAIM_DUE, NoticeKind::RotationDue)
        };
        if source.execute(db::query(claim).bind(due.0).bind(id.to_string())).await? != 1 {
            return Ok(());
        }
        let Some(secret) = secrets::sql::named(&mut source, id).await? else { return Ok(()) };
        let named = secret.in_words();
        let about = match kind {
            NoticeKind::RotationOverdue => format!("{named} is overdue for rotation since {}", day(due)),
            _ => format!("{named} is due for rotation on {}", day(due)),
        };
        for identity in concerned(&mut source, id, secret.owner, now).await? {
            notices::add_about_secret(&mut source, identity, kind, (id, &about), now, &*self.random).await?;
        }
        source.commit().await
    }
}

/// Returns whom a due date concerns: the owner, or whoever may rotate the secret if the owner's account is disabled or
/// may not know of it any more.
async fn concerned(
    source: &mut Source,
    id: SecretId,
    owner: IdentityId,
    now: Timestamp,
) -> Result<Vec<IdentityId>, Unavailable> {
    let mut others = Vec::new();
    for identity in details::sql::users(source, id, now).await? {
        let Some(who) = principal::without_session(source, identity, now).await? else { continue };
        let Some(facts) = secrets::sql::facts(source, id, &who).await? else { continue };
        if identity == owner && (ReadSecret { id }).decide(&who, &facts).allows() {
            return Ok(vec![owner]);
        }
        if (RotateSecret { id, why: StatedReason::default() }).decide(&who, &facts).allows() {
            others.push(identity);
        }
    }
    Ok(others)
}

/// Tells of what is due, until all other owners have dropped `clock`.
pub fn start(notices: DueNotices, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            if notices.once(now).await.is_err() {
                tracing::warn!("people could not be told of secrets that are due; it is tried again in a minute");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}
