//! The task that seals each second, and says so if it must not.

use crate::access::incidents;
use crate::db::Database;
use crate::ledger::sealer::{KeptCheckpoints, SealError, all, recent};
use doorward::ledger::Signer;
use doorward::{Clock, Randomness, TimeSpan, Timestamp};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it looks for records.
const EVERY: Duration = Duration::from_secs(1);
/// How often it looks for every record that may still come, which takes as long as there are records of
/// [`LATEST`](crate::store::seals::LATEST).
const THOROUGH: TimeSpan = TimeSpan::minutes(1);
/// How often the same failure is logged.
const REPEAT: TimeSpan = TimeSpan::minutes(1);

/// What seals.
pub struct Sealer {
    /// The database.
    pub database: Database,
    /// The ledger's key.
    pub signer: Arc<Signer>,
    /// The files outside of the database that hold the newest checkpoint.
    pub kept: KeptCheckpoints,
    /// For the ids of incidents.
    pub random: Arc<dyn Randomness>,
}

/// Seals for as long as somebody keeps `clock`.
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

/// The failure that was logged last, and the fork that administrators were told of.
#[derive(Default)]
struct Failed {
    logged: Option<(SealError, Timestamp)>,
    told: Option<String>,
}

impl Sealer {
    /// Looks once. `looked` is when every record was looked for last.
    async fn seal(&self, now: Timestamp, looked: &mut Option<Timestamp>) -> Result<(), SealError> {
        let Self { database, signer, kept, .. } = self;
        let sealed = match looked.filter(|then| now < then.plus(THOROUGH)) {
            Some(then) => recent(database, signer, kept, now, then).await,
            None => all(database, signer, kept, now).await.inspect(|_| *looked = Some(now)),
        };
        sealed.map(|_| ()).inspect_err(|_| *looked = None)
    }

    /// Logs a failure, shows it in the numbers and, if it tells of another history, opens an incident: one for each fork.
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
            // Without an answer of the database it is tried again.
            if incidents::open_fork(&self.database, about, now, &*self.random).await.is_ok() {
                failed.told = fork;
            }
        }
    }
}
