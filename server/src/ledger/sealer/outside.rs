//! Sends the newest checkpoint to a webhook, so that somebody keeps it outside the database.

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

/// The pause between two checkpoints. Each one covers all before it.
pub const EVERY: Duration = Duration::from_secs(60);
/// How often a new checkpoint is looked for.
const LOOK: Duration = Duration::from_millis(500);
const LONGEST_WAIT: TimeSpan = TimeSpan::minutes(1);

/// The sending task.
pub struct Outside {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Outside {
    /// Sends the newest checkpoint once more and ends the task.
    pub async fn stop(self) {
        // If the task has ended already, there is nobody to tell.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// Starts to send the newest checkpoint, at most once in `every`, until the task is stopped.
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
    /// The last checkpoint that the receiver accepted.
    taken: String,
    failures: i64,
}

impl Sender {
    /// Sends the newest checkpoint if the receiver does not have it. Returns how long to wait then.
    async fn send_newest(&mut self, every: Duration) -> Duration {
        let newest = match sealer::checkpoint(&self.database).await {
            // A checkpoint outside the database may be newer, and a receiver may keep only the last
            // one.
            Ok(newest) if newest != self.taken && !self.kept.contradict(&newest, &self.verifier) => newest,
            // If the database does not answer, try again.
            _ => return LOOK,
        };
        // The id is derived from the checkpoint, so it is the same from every process, and another
        // one for another checkpoint of the same size.
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
