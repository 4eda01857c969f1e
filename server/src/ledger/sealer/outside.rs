//! The newest checkpoint to a webhook: to somebody who keeps it where the database is not.

use crate::backend::SqlBackend;
use crate::db::Database;
use crate::ledger::sealer::{self, KeptCheckpoints};
use crate::outgoing::backoff;
use crate::webhook::Webhook;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::ledger::Verifier;
use doorward::{Clock, Randomness, TimeSpan};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long there is between two checkpoints that are sent: each holds all before it.
pub const EVERY: Duration = Duration::from_secs(60);
/// How often a new one is looked for.
const LOOK: Duration = Duration::from_millis(500);
const LONGEST_WAIT: TimeSpan = TimeSpan::minutes(1);

/// The task that sends.
pub struct Outside {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Outside {
    /// Sends what there is, once, and ends.
    pub async fn stop(self) {
        // Where the task is gone already there is nothing to tell it.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// Sends the newest checkpoint, and each that is new after `every`, until it is told to stop.
#[must_use]
pub fn start(
    webhook: Webhook,
    backend: &SqlBackend,
    verifier: Verifier,
    kept: KeptCheckpoints,
    every: Duration,
) -> Outside {
    let (stop, mut stopped) = oneshot::channel();
    let (database, clock, random) = (backend.database.clone(), Arc::clone(&backend.clock), Arc::clone(&backend.random));
    let mut sender = Sender { webhook, database, verifier, kept, clock, random, taken: String::new(), failures: 0 };
    let task = tokio::spawn(async move {
        let (mut pause, mut goes_on) = (Duration::ZERO, true);
        while goes_on {
            goes_on = tokio::select! {
                () = tokio::time::sleep(pause) => true,
                _ = &mut stopped => false,
            };
            pause = sender.send_newest(every).await;
        }
    });
    Outside { stop, task }
}

struct Sender {
    webhook: Webhook,
    database: Database,
    verifier: Verifier,
    kept: KeptCheckpoints,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    /// What the receiver took last.
    taken: String,
    failures: i64,
}

impl Sender {
    /// Sends the newest checkpoint where the receiver does not have it, and says how long to wait then.
    async fn send_newest(&mut self, every: Duration) -> Duration {
        let newest = match sealer::checkpoint(&self.database).await {
            // What is known outside of the database may be newer, and a receiver may keep only what came last.
            Ok(newest) if newest != self.taken && !self.kept.contradict(&newest, &self.verifier) => newest,
            // Without an answer of the database it is looked for again.
            _ => return LOOK,
        };
        // The same checkpoint has the same id, also from another process; another one of the same size has another.
        let id = format!("checkpoint-{}", URL_SAFE_NO_PAD.encode(Sha256::digest(&newest)));
        let sent = self.webhook.post(&id, "text/plain; charset=utf-8", newest.clone(), self.clock.now()).await;
        let Err(error) = sent else {
            (self.taken, self.failures) = (newest, 0);
            return every;
        };
        let wait = backoff(self.failures, LONGEST_WAIT, &*self.random);
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(
            failures = self.failures, receiver = self.webhook.masked(), %error,
            "the webhook has not taken the checkpoint; the newest will be sent again"
        );
        Duration::from_millis(wait.0.unsigned_abs())
    }
}
