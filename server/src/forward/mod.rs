//! Sealed records to a receiver elsewhere, in sealed order, at least once each; off by default.
//!
//! One task reads what is sealed and remembers in the database how far the receiver took it. No request waits for it.

mod fields;
mod otlp;
mod syslog;

use crate::config::ForwardUrl;
use crate::outgoing::{ClientError, backoff};
use crate::store::{Database, Source, forwarding, seals, segments};
use axum::http::StatusCode;
use doorward::guard::Unavailable;
use doorward::{Clock, Randomness, Span};
use fields::Forwarded;
use otlp::Logs;
use std::sync::{Arc, Weak};
use std::time::Duration;
use syslog::Syslog;

/// How often it looks for sealed records.
const LOOK: Duration = Duration::from_millis(500);
/// Records that are sent at a time.
const BATCH: u64 = 200;
/// Records before those that are due which are sent again after a failure: a receiver that fails may have lost them too.
pub(crate) const OVERLAP: u64 = 100;
/// For one batch: connection, handshake, sending, answer.
const WHOLE: Duration = Duration::from_secs(20);
/// How long forwarding is this process's alone after it last sent something: longer than one batch may take.
const LEASE: Span = Span::seconds(30);
const LONGEST_WAIT: Span = Span::minutes(1);

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// Anything but success; a redirect too.
    #[error("the receiver answered {0}")]
    Status(StatusCode),
    /// No connection, or one that broke.
    #[error("the receiver could not be reached, or has not read to the end")]
    Unreachable,
    /// Not in time.
    #[error("the receiver did not answer in time")]
    Late,
    /// The request could not be written.
    #[error("the records could not be written down as a request")]
    Unwritten,
    /// The own database.
    #[error("the database did not answer")]
    Database,
}

impl From<Unavailable> for NotTaken {
    fn from(_: Unavailable) -> Self {
        Self::Database
    }
}

/// A receiver of records.
pub enum Receiver {
    /// By syslog.
    Syslog(Syslog),
    /// By OpenTelemetry's protocol.
    Logs(Box<Logs>),
}

impl Receiver {
    /// The receiver at this address.
    ///
    /// # Errors
    /// Where it is to speak TLS, and that cannot be had.
    pub fn new(url: &ForwardUrl) -> Result<Self, ClientError> {
        if url.is_syslog() {
            Syslog::new(url).map(Self::Syslog)
        } else {
            Logs::new(url).map(|logs| Self::Logs(Box::new(logs)))
        }
    }

    async fn send(&self, records: &[Forwarded]) -> Result<(), NotTaken> {
        match self {
            Self::Syslog(syslog) => syslog.send(records).await,
            Self::Logs(logs) => logs.send(records).await,
        }
    }
}

/// Forwards for as long as somebody keeps `clock`.
pub fn start(receiver: Receiver, database: Database, clock: &Arc<dyn Clock>, random: Arc<dyn Randomness>) {
    let clock = Arc::downgrade(clock);
    let mut name = [0; 8];
    random.fill(&mut name);
    let forwarder = Forwarder { receiver, database, holder: format!("{:016x}", u64::from_be_bytes(name)) };
    tokio::spawn(async move {
        let mut failures = 0;
        while let Some(clock) = Weak::upgrade(&clock) {
            let done = forwarder.forward_some(&*clock, failures > 0).await;
            let pause = match &done {
                Ok(true) => Duration::ZERO,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, failures, "records were not forwarded; it will be tried again");
                    Duration::from_millis(backoff(failures, LONGEST_WAIT, &*random).0.unsigned_abs())
                }
            };
            failures = if done.is_err() { failures + 1 } else { 0 };
            drop(clock);
            tokio::time::sleep(pause).await;
        }
    });
}

struct Forwarder {
    receiver: Receiver,
    database: Database,
    /// This process, as the database knows it.
    holder: String,
}

impl Forwarder {
    /// Forwards the next batch, after a failure with some before it; false where there is none, or another process forwards.
    async fn forward_some(&self, clock: &dyn Clock, failed: bool) -> Result<bool, NotTaken> {
        // While nothing waits nothing is written.
        let mut source = Source::reader(&self.database);
        let from = forwarding::next(&mut source).await?;
        let again = if failed { OVERLAP } else { 0 };
        // What left the database before anybody forwarded is passed over.
        let due = from.max(segments::end(&mut source).await?);
        let places = due.saturating_sub(again)..due.saturating_add(BATCH);
        let waiting = seals::walk(&mut source, places).await?;
        drop(source);
        let last = waiting.last().map(|sealed| sealed.index).filter(|last| *last >= from);
        let Some(last) = last else { return Ok(false) };
        let now = clock.now();
        if !forwarding::hold(&self.database, &self.holder, now, now.plus(LEASE)).await? {
            return Ok(false);
        }
        let records: Vec<Forwarded> = waiting.iter().map(Forwarded::of).collect();
        self.receiver.send(&records).await?;
        // Where another process took over meanwhile, the cursor is its own: what was sent here may come twice.
        let until = clock.now().plus(LEASE);
        Ok(forwarding::advance(&self.database, &self.holder, from, last.saturating_add(1), until).await?)
    }
}
