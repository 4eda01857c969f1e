//! Notices by webhook (Standard Webhooks): signed, tried again for three days, at least once each; off by default.
//!
//! One task looks into the outbox. No request waits for it, and what it does not finish the next process does.

mod delivery;
mod secret;
mod signature;

pub use delivery::{NotTaken, Webhook, WebhookError};
pub use secret::{Secret, SecretError};
pub use signature::sign;

use crate::store::Database;
use crate::store::webhook_outbox::{self, Waiting};
use doorward::guard::Unavailable;
use doorward::{Clock, Randomness, Span};
use futures::stream::{self, StreamExt};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the outbox is looked into.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is noted that a process with a webhook is there.
const SEEN: Span = Span::minutes(1);
/// Notices that are sent at the same time.
const AT_ONCE: usize = 8;
/// Notices of one look.
const OF_A_LOOK: i64 = 16;
/// How long a notice is this process's alone: longer than one delivery may take.
const LEASE: Span = Span::minutes(1);
const FIRST_WAIT: Span = Span::seconds(1);
const LONGEST_WAIT: Span = Span::hours(1);

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
    webhook_outbox::seen(&database, seen).await?;
    let clock = Arc::downgrade(clock);
    let sender = Sender { webhook, database, random };
    tokio::spawn(async move {
        while let Some(clock) = Weak::upgrade(&clock) {
            let now = clock.now();
            // What cannot be done now is done at the next look.
            if now.since(seen) >= SEEN && webhook_outbox::seen(&sender.database, now).await.is_ok() {
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
        let due = webhook_outbox::due(&self.database, OF_A_LOOK, clock.now()).await?;
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
        if !webhook_outbox::claim(&self.database, waiting, now.plus(LEASE)).await? {
            return Ok(());
        }
        let Err(error) = self.webhook.send(waiting, now).await else {
            return webhook_outbox::take_out(&self.database, waiting.id).await;
        };
        let next = clock.now().plus(wait(waiting.tries, &*self.random));
        tracing::warn!(
            notice = %waiting.id, tries = waiting.tries + 1, receiver = self.webhook.masked(), %error,
            "the webhook has not taken a notice; it will be tried again"
        );
        webhook_outbox::put_off(&self.database, waiting, next).await
    }
}

/// How long to wait after so many tries before: twice as long each time, and a random part of the second half, so that
/// many that failed together do not come back together.
fn wait(tries: i64, random: &dyn Randomness) -> Span {
    let doublings = u32::try_from(tries).unwrap_or(u32::MAX).min(20);
    let most = (FIRST_WAIT.0 << doublings).min(LONGEST_WAIT.0);
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    let half = most / 2;
    Span(half + half * i64::from(u16::from_be_bytes(bytes)) / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct All(u8);
    impl Randomness for All {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn each_wait_is_twice_as_long_up_to_an_hour() {
        let longest: Vec<i64> = (0..14).map(|tries| wait(tries, &All(0xff)).0 / 1000).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        for tries in [0, 1, 11, 12, 63, i64::MAX] {
            assert_eq!(wait(tries, &All(0)).0, wait(tries, &All(0xff)).0 / 2, "{tries}");
        }
    }
}
