//! The task that seals each second, and reports when it must not.

use crate::access::incidents;
use crate::db::Database;
use crate::ledger::sealer::{KeptCheckpoints, SealError, all, recent};
use doorward::ledger::Signer;
use doorward::{Clock, Randomness, TimeSpan, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// The pause between two looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// How often records of any age are looked for. The time this takes grows with the records of the
/// last [`LATEST`](crate::ledger::sealer::sql::LATEST).
const THOROUGH: TimeSpan = TimeSpan::minutes(1);
/// The pause between two log lines about the same failure.
const REPEAT: TimeSpan = TimeSpan::minutes(1);

/// The sealing task's parts.
pub struct Sealer {
    /// The database.
    pub database: Database,
    /// The ledger's key.
    pub signer: Arc<Signer>,
    /// The files outside the database that hold the newest checkpoint.
    pub kept: KeptCheckpoints,
    /// For the ids of incidents.
    pub random: Arc<dyn Randomness>,
}

/// Starts the sealer. It ends when `clock` is dropped.
pub fn start(sealer: Sealer, clock: &Arc<dyn Clock>) {
    let clock = Arc::downgrade(clock);
    tokio::spawn(async move {
        let (mut looked, mut failed) = (None, Failed::default());
        while let Some(now) = Weak::upgrade(&clock).map(|clock| clock.now()) {
            let sealed = sealer.seal(now, &mut looked).await;
            sealer.tell(sealed.err(), &mut failed, now).await;
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// The last logged failure, and the fork that has an incident.
#[derive(Default)]
struct Failed {
    logged: Option<(SealError, Timestamp)>,
    told: Option<String>,
}

impl Sealer {
    /// Seals once. `looked` is when records of any age were last looked for.
    async fn seal(&self, now: Timestamp, looked: &mut Option<Timestamp>) -> Result<(), SealError> {
        let Self { database, signer, kept, .. } = self;
        let sealed = match looked.filter(|then| now < then.plus(THOROUGH)) {
            Some(then) => recent(database, signer, kept, now, then).await,
            None => all(database, signer, kept, now).await.inspect(|_| *looked = Some(now)),
        };
        sealed.map(|_| ()).inspect_err(|_| *looked = None)
    }

    /// Logs a failure, sets the metric, and opens one incident for each fork.
    async fn tell(&self, error: Option<SealError>, failed: &mut Failed, now: Timestamp) {
        let fork = error.as_ref().and_then(SealError::fork);
        self.database.evidence().set_forked(fork.is_some());
        let Some(error) = error else {
            failed.logged = None;
            return;
        };
        let said = failed.logged.as_ref().is_some_and(|(before, at)| *before == error && now < at.plus(REPEAT));
        if !said {
            tracing::error!(%error, "the ledger is not sealed");
            failed.logged = Some((error, now));
        }
        if fork.is_some() && fork != failed.told {
            let about = fork.as_deref().unwrap_or_default();
            // If the database does not answer, try again the next time.
            if incidents::open_fork(&self.database, about, now, &*self.random).await.is_ok() {
                failed.told = fork;
            }
        }
    }
}
