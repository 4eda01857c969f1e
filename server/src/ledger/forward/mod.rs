//! Forwards sealed records to a receiver, in sealed order, at least once each. Off by default.
//!
//! One task reads sealed records and stores in the database how far the receiver took them. No
//! request waits for it.

mod fields;
mod forwarder;
mod not_taken;
mod otlp;
mod pace;
pub mod set_aside;
pub mod sql;
mod syslog;

use crate::cli::settings::ForwardUrl;
use crate::db::Database;
use crate::outgoing::{ClientError, backoff};
use doorward::{Clock, Randomness, TimeSpan};
use fields::Forwarded;
use forwarder::Forwarder;
use not_taken::NotTaken;
use otlp::Logs;
use std::sync::{Arc, Weak};
use std::time::Duration;
use syslog::Syslog;

/// The pause between two looks for sealed records.
const LOOK: Duration = Duration::from_millis(500);
/// The number of records before the due ones that are sent again after a failure, because a failing
/// receiver may have lost them.
pub(crate) const OVERLAP: u64 = 100;
/// The time limit of one batch: connection, handshake, sending, and the answer.
const WHOLE: Duration = Duration::from_secs(20);
const LONGEST_WAIT: TimeSpan = TimeSpan::minutes(1);

/// The receiver's answer to a batch that it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The number of its records that the receiver dropped.
    pub thrown_away: u64,
}

/// A receiver of records.
pub enum Receiver {
    /// By syslog.
    Syslog(Syslog),
    /// By OpenTelemetry's protocol.
    Logs(Box<Logs>),
}

impl Receiver {
    /// Creates the receiver for an address. Returns an error if TLS is required and cannot be set
    /// up.
    pub fn new(url: &ForwardUrl) -> Result<Self, ClientError> {
        if url.is_syslog() {
            Syslog::new(url).map(Self::Syslog)
        } else {
            Logs::new(url).map(|logs| Self::Logs(Box::new(logs)))
        }
    }

    async fn send(&self, records: &[Forwarded]) -> Result<Taken, NotTaken> {
        match self {
            Self::Syslog(syslog) => syslog.send(records).await.map(|()| Taken::default()),
            Self::Logs(logs) => logs.send(records).await,
        }
    }
}

/// Starts forwarding. It ends when `clock` is dropped.
pub fn start(receiver: Receiver, database: Database, clock: &Arc<dyn Clock>, random: Arc<dyn Randomness>) {
    let clock = Arc::downgrade(clock);
    let mut forwarder = Forwarder::new(receiver, database, Arc::clone(&random));
    tokio::spawn(async move {
        let mut failures = 0;
        while let Some(clock) = Weak::upgrade(&clock) {
            let done = forwarder.forward_some(&*clock).await;
            let pause = match &done {
                Ok(true) => Duration::ZERO,
                Ok(false) => LOOK,
                Err(error) => {
                    let wait = backoff(failures, LONGEST_WAIT, &*random).max(error.retry_after(clock.now()));
                    tracing::warn!(
                        %error, failures, wait = wait.0, "records were not forwarded; it will be tried again"
                    );
                    forwarder.hold_for(wait, &*clock).await;
                    Duration::from_millis(wait.0.unsigned_abs())
                }
            };
            failures = if done.is_err() { failures + 1 } else { 0 };
            drop(clock);
            tokio::time::sleep(pause).await;
        }
    });
}
