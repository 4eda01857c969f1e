//! Notices by webhook (Standard Webhooks): signed, retried for three days, delivered at least once.
//! Off by default.
//!
//! One task polls the outbox. No request waits for it, and the next process continues what it
//! leaves unfinished.

mod delivery;
pub mod outbox;
mod secret;
mod signature;

pub use delivery::{NotTaken, Webhook, WebhookError};
pub use secret::{BadSecret, Secret, SecretError};
pub use signature::sign;

use crate::db::Database;
use crate::outgoing::backoff;
use doorward::guard::Unavailable;
use doorward::{Clock, Randomness, TimeSpan};
use futures::stream::{self, StreamExt};
use outbox::Waiting;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the outbox is polled.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// How often a process with a webhook reports that it is running.
const REPORT_EVERY: TimeSpan = TimeSpan::minutes(1);
/// The number of notices sent concurrently.
const CONCURRENCY: usize = 8;
/// The maximum number of notices in one poll.
const BATCH: i64 = 16;
/// How long a notice is reserved for this process: longer than a delivery may take.
const LEASE: TimeSpan = TimeSpan::minutes(1);
const LONGEST_WAIT: TimeSpan = TimeSpan::hours(1);

/// Sends notices until all other owners have dropped `clock`. From the moment this returns, new
/// notices are queued for the webhook.
pub async fn start(
    webhook: Webhook,
    database: Database,
    clock: &Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
) -> Result<(), Unavailable> {
    let mut seen = clock.now();
    outbox::seen(&database, seen).await?;
    let clock = Arc::downgrade(clock);
    let sender = Sender { webhook, database, random };
    tokio::spawn(async move {
        while let Some(clock) = Weak::upgrade(&clock) {
            let now = clock.now();
            // If something fails now, the next poll tries again.
            if now.since(seen) >= REPORT_EVERY && outbox::seen(&sender.database, now).await.is_ok() {
                seen = now;
            }
            let _ = sender.send_due(&*clock).await;
            drop(clock);
            tokio::time::sleep(POLL_EVERY).await;
        }
    });
    Ok(())
}

struct Sender {
    webhook: Webhook,
    database: Database,
    random: Arc<dyn Randomness>,
}

impl Sender {
    async fn send_due(&self, clock: &dyn Clock) -> Result<(), Unavailable> {
        let due = outbox::due(&self.database, BATCH, clock.now()).await?;
        stream::iter(due)
            .for_each_concurrent(CONCURRENCY, |waiting| async move {
                // If this fails, the notice stays in the outbox and is due again when its lease
                // ends.
                let _ = self.send(&waiting, clock).await;
            })
            .await;
        Ok(())
    }

    async fn send(&self, waiting: &Waiting, clock: &dyn Clock) -> Result<(), Unavailable> {
        let now = clock.now();
        if !outbox::claim(&self.database, waiting, now.plus(LEASE)).await? {
            return Ok(());
        }
        let Err(error) = self.webhook.send(waiting, now).await else {
            return outbox::take_out(&self.database, waiting.id).await;
        };
        let next = clock.now().plus(backoff(waiting.tries, LONGEST_WAIT, &*self.random));
        tracing::warn!(
            notice = %waiting.id, tries = waiting.tries + 1, receiver = self.webhook.masked(), %error,
            "the webhook has not taken a notice; it will be tried again"
        );
        outbox::put_off(&self.database, waiting, next).await
    }
}
