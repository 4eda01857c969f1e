//! How long work waits for the database before it is refused.

use std::time::Duration;

/// Limits on waiting. A request must be answered before its own timeout, so each is shorter than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a free connection of a pool.
    pub connection: Duration,
    /// For a lock that somebody else holds (PostgreSQL).
    pub lock: Duration,
    /// For one statement (PostgreSQL).
    pub statement: Duration,
    /// For a record to be durable.
    pub record: Duration,
}

impl Patience {
    /// What a server needs.
    pub const USUAL: Self = Self {
        connection: Duration::from_secs(3),
        lock: Duration::from_secs(3),
        statement: Duration::from_secs(10),
        record: Duration::from_secs(5),
    };

    /// For programs that would rather wait than fail while the machine is busy, such as tests.
    pub const LONG: Self = Self {
        connection: Duration::from_secs(60),
        lock: Duration::from_secs(60),
        statement: Duration::from_secs(60),
        record: Duration::from_secs(60),
    };

    /// The set-up of a connection to PostgreSQL: a lock held by somebody else, or a statement that hangs, must fail before
    /// the request does. JIT compilation would take longer than any of our statements runs.
    pub(crate) fn postgres(self) -> String {
        let (lock, statement) = (self.lock.as_secs(), self.statement.as_secs());
        format!("set lock_timeout = '{lock}s'; set statement_timeout = '{statement}s'; set jit = off")
    }
}
