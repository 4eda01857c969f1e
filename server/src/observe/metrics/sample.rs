//! What stands in the database and in the pools, looked at when somebody asks, and seldom.

use crate::backend::SqlBackend;
use crate::db::transaction::Source;
use crate::ledger::forward::{self, set_aside};
use crate::ledger::sealer;
use crate::sessions::list;
use crate::webhook::outbox;
use doorward::guard::Unavailable;
use doorward::{TimeSpan, Timestamp};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use tokio::sync::Mutex;

/// How old a look into the database may be: asking more often costs it nothing.
const AGE: TimeSpan = TimeSpan::seconds(15);
/// Records that came later than this are sealed within minutes, and not waited for here.
const LATELY: TimeSpan = TimeSpan::minutes(1);

/// Numbers that are read, not counted.
#[derive(Debug, Default)]
pub struct Sample {
    looked: Mutex<Option<Timestamp>>,
    database_up: Gauge,
    sessions: Gauge,
    sealed: Gauge,
    unsealed_age: Gauge<f64, AtomicU64>,
    notices: Gauge,
    backlog: Gauge,
    set_aside: Gauge,
    queue: Gauge,
    queue_capacity: Gauge,
    passwords: Gauge,
    passwords_capacity: Gauge,
    streams: Gauge,
}

impl Sample {
    pub(super) fn register(&self, registry: &mut Registry) {
        for (name, help, gauge) in [
            (
                "database_up",
                "Whether the database answered and could be written when it was last looked at",
                &self.database_up,
            ),
            ("sessions", "Sessions that count", &self.sessions),
            ("streams", "Open streams to browsers", &self.streams),
            ("ledger_sealed_records", "Records in the sealed tree", &self.sealed),
            ("ledger_queue", "Decisions that wait for their record to be written", &self.queue),
            ("ledger_queue_capacity", "Decisions that may wait; one more is refused", &self.queue_capacity),
            ("webhook_backlog", "Notices that the webhook has not taken", &self.notices),
            ("forward_backlog", "Sealed records that no receiver has taken", &self.backlog),
            ("forward_set_aside", "Sealed records that the receiver refused for good", &self.set_aside),
            ("password_places_busy", "Passwords that are computed or wait", &self.passwords),
            (
                "password_places",
                "Passwords that may be computed or wait; one more is refused",
                &self.passwords_capacity,
            ),
        ] {
            registry.register(name, help, gauge.clone());
        }
        let help = "Age of the oldest record that is not sealed yet; 0 where there is none";
        registry.register_with_unit("ledger_unsealed_age", help, Unit::Seconds, self.unsealed_age.clone());
    }

    /// Brings every number up to date; those of the database are [`AGE`] old at most.
    pub(super) async fn take(&self, backend: &SqlBackend) {
        let (waiting, may_wait) = backend.ledger.queue();
        let (busy, places) = backend.passwords.busy();
        self.streams.set(number(backend.live.streams()));
        self.queue.set(number(waiting));
        self.queue_capacity.set(number(may_wait));
        self.passwords.set(number(busy));
        self.passwords_capacity.set(number(places));
        // Whoever asks meanwhile waits here, and does not ask the database too.
        let mut looked = self.looked.lock().await;
        let now = backend.clock.now();
        if looked.is_none_or(|last| now.since(last) >= AGE) {
            let up = self.look(backend, now).await.is_ok() && backend.database.check_writable().await.is_ok();
            self.database_up.set(up.into());
            *looked = Some(now);
        }
    }

    async fn look(&self, backend: &SqlBackend, now: Timestamp) -> Result<(), Unavailable> {
        let mut source = Source::reader(&backend.database);
        let head = sealer::sql::head(&mut source).await?;
        let unsealed = sealer::sql::unsealed(
            &mut source,
            &sealer::sql::first_at(Timestamp(head.sealed.0.saturating_sub(LATELY.0))),
            1,
        )
        .await?;
        let oldest = unsealed.first().map_or(TimeSpan(0), |entry| now.since(entry.at));
        self.sealed.set(i64::try_from(head.size).unwrap_or(i64::MAX));
        // Milliseconds up to centuries are exact.
        #[expect(clippy::cast_precision_loss, reason = "an age is far from where a float loses whole milliseconds")]
        self.unsealed_age.set(oldest.0.max(0) as f64 / 1000.0);
        self.sessions.set(list::how_many(&mut source, now).await?);
        self.backlog.set(i64::try_from(forward::sql::backlog(&mut source).await?).unwrap_or(i64::MAX));
        self.set_aside.set(set_aside::refused(&mut source).await?);
        self.notices.set(outbox::waiting(&mut source).await?);
        Ok(())
    }
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
