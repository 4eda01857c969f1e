//! Notices by webhook (Standard Webhooks): signed, tried again for three days, at least once each; off by default.
//!
//! One task looks into the outbox. No request waits for it, and what it does not finish the next process does.

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

/// How often the outbox is looked into.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is noted that a process with a webhook is there.
const SEEN: TimeSpan = TimeSpan::minutes(1);
/// Notices that are sent at the same time.
const AT_ONCE: usize = 8;
/// Notices of one look.
const OF_A_LOOK: i64 = 16;
/// How long a notice is this process's alone: longer than one delivery may take.
const LEASE: TimeSpan = TimeSpan::minutes(1);
const LONGEST_WAIT: TimeSpan = TimeSpan::hours(1);

/// Sends notices for as long as somebody keeps `clock`. From when this returns on, notices wait for it.
///
/// # Errors
/// Where the database does not answer.
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
            // What cannot be done now is done at the next look.
            if now.since(seen) >= SEEN && outbox::seen(&sender.database, now).await.is_ok() {
                seen = now;
            }
            let _ = sender.send_due(&*clock).await;
            drop(clock);
            tokio::time::sleep(LOOK).await;
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
        let due = outbox::due(&self.database, OF_A_LOOK, clock.now()).await?;
        stream::iter(due)
            .for_each_concurrent(AT_ONCE, |waiting| async move {
                // What fails here stays in the outbox, and is due again when its lease is over.
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
